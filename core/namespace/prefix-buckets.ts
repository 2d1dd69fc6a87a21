interface PrefixRoute {
  readonly prefixLength: number;
  readonly metric: number;
}

/** A map by address, of either family. */
interface AddressMap<Key, Value> {
  readonly size: number;
  get(key: Key): Value | undefined;
  set(key: Key, value: Value): unknown;
  delete(key: Key): boolean;
  values(): Iterable<Value>;
}

/**
 * The routes of one table of either family: longest prefix first, then the lowest metric, then the older route. Prefixes of
 * one length are found by hash, so a look-up costs as many probes as there are different lengths.
 */
export abstract class PrefixBuckets<Key, Route extends PrefixRoute, Bucket extends AddressMap<Key, Route[]>> {
  readonly id: number;
  protected readonly byLength: (Bucket | undefined)[];
  /** Prefix lengths in use, longest first. */
  protected lengths: number[] = [];

  constructor(id: number, addressBits: number) {
    this.id = id;
    this.byLength = new Array<Bucket | undefined>(addressBits + 1).fill(undefined);
  }

  add(route: Route): void {
    let bucket = this.byLength[route.prefixLength];
    if (bucket === undefined) {
      bucket = this.createBucket();
      this.byLength[route.prefixLength] = bucket;
      this.lengths = [...this.lengths, route.prefixLength].sort((a, b) => b - a);
    }
    const key = this.keyOf(route);
    const routes = bucket.get(key);
    if (routes === undefined) {
      bucket.set(key, [route]);
      return;
    }
    let index = routes.length;
    while (index > 0 && routes[index - 1]!.metric > route.metric) index--;
    routes.splice(index, 0, route);
  }

  /** False when the route is not there. */
  remove(route: Route): boolean {
    const bucket = this.byLength[route.prefixLength];
    const key = this.keyOf(route);
    const routes = bucket?.get(key);
    const index = routes?.indexOf(route) ?? -1;
    if (bucket === undefined || routes === undefined || index < 0) return false;
    routes.splice(index, 1);
    if (routes.length === 0) bucket.delete(key);
    if (bucket.size === 0) {
      this.byLength[route.prefixLength] = undefined;
      this.lengths = this.lengths.filter((length) => length !== route.prefixLength);
    }
    return true;
  }

  /** All routes in the order `ip route` prints them. */
  routes(): Route[] {
    const out: Route[] = [];
    for (const bucket of this.byLength) {
      if (bucket === undefined) continue;
      for (const list of bucket.values()) out.push(...list);
    }
    return out.sort((a, b) => this.compare(a, b) || a.metric - b.metric);
  }

  protected abstract createBucket(): Bucket;
  /** What a route's destination is found by. */
  protected abstract keyOf(route: Route): Key;
  /** The order of two routes as far as their prefixes go. */
  protected abstract compare(a: Route, b: Route): number;
}
