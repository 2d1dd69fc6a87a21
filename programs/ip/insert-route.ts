import { NetlinkError } from '../../core/namespace/netlink-error.ts';

/** Adds a route. `exclusive`: not when there is one; `create`: also when there is none; `replace`: in its place. */
export interface RouteChange {
  create: boolean;
  replace: boolean;
  exclusive: boolean;
}

/** How the routes of one family compare. */
export interface RouteOrder<Route> {
  /** The two stand in each other's way: an exclusive change refuses the second. */
  hasSameKey(a: Route, b: Route): boolean;
  /** The two of one key are the same route. */
  isSameRoute(a: Route, b: Route): boolean;
}

/** Puts a route into its table, of either family (fib_table_insert, fib6_add_rt2node). */
export function insertRoute<Route extends { readonly table: number }>(
  fib: { table(id: number): { routes(): Route[] }; add(route: Route): void; remove(route: Route): boolean },
  route: Route,
  change: RouteChange,
  { hasSameKey, isSameRoute }: RouteOrder<Route>,
): void {
  const routes = fib.table(route.table).routes();
  const rivals = routes.filter((other) => hasSameKey(other, route));
  if (rivals.length > 0 && change.exclusive) throw new NetlinkError('File exists');
  if (rivals.length === 0 && !change.create) throw new NetlinkError('No such file or directory');
  if (change.replace && rivals.length > 0) fib.remove(rivals[0]!);
  else if (rivals.some((other) => isSameRoute(other, route))) throw new NetlinkError('File exists');
  fib.add(route);
}
