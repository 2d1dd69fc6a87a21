import type { NetDevice } from '../../core/device/net-device.ts';
import { RT_SCOPE_LINK } from '../../core/device/ipv4-configuration.ts';
import { NetlinkError } from '../../core/namespace/netlink-error.ts';
import {
  RTN_BROADCAST,
  RTN_LOCAL,
  RTN_MULTICAST,
  RTN_UNICAST,
  type Ipv4Route,
} from '../../core/namespace/ipv4-route.ts';
import type { IpCommand } from './ip-command.ts';
import { readRouteArguments, routeDefaults, type RouteArguments } from './route-arguments.ts';

/** Adds a route. `exclusive`: not when there is one; `create`: also when there is none; `replace`: in its place. */
export interface RouteChange {
  create: boolean;
  replace: boolean;
  exclusive: boolean;
}

/** `ip route add|change|replace|append|prepend` (fib_table_insert). */
export function changeRoute(command: IpCommand, change: RouteChange): number {
  const args = readRouteArguments(command);
  command.requireAdmin();
  const route = buildRoute(command, args);
  const fib = command.netns.ipv4.fib;
  const rivals = fib
    .table(route.table)
    .routes()
    .filter((other) => hasSameKey(other, route));
  if (rivals.length > 0 && change.exclusive) throw new NetlinkError('File exists');
  if (rivals.length === 0 && !change.create) throw new NetlinkError('No such file or directory');
  if (change.replace && rivals.length > 0) fib.remove(rivals[0]!);
  else if (rivals.some((other) => isSameRoute(other, route))) throw new NetlinkError('File exists');
  fib.add(route);
  return 0;
}

/** `ip route del` (fib_table_delete): the first route that agrees with all that was said. */
export function deleteRoute(command: IpCommand): number {
  const args = readRouteArguments(command);
  command.requireAdmin();
  const fib = command.netns.ipv4.fib;
  const { table } = routeDefaults(args);
  const route = fib
    .table(table)
    .routes()
    .find((candidate) => agrees(candidate, args));
  if (route === undefined) throw new NetlinkError('No such process');
  fib.remove(route);
  return 0;
}

function agrees(route: Ipv4Route, args: RouteArguments): boolean {
  return (
    route.destination === args.destination &&
    route.prefixLength === args.prefixLength &&
    route.tos === args.tos &&
    (args.type === null || route.type === args.type) &&
    (args.scope === null || route.scope === args.scope) &&
    (args.source === null || route.prefSrc === args.source) &&
    (args.protocol === null || route.protocol === args.protocol) &&
    (args.metric === null || route.metric === args.metric) &&
    (args.gateway === null || route.gateway === args.gateway) &&
    (args.dev === null || route.dev === args.dev)
  );
}

function hasSameKey(a: Ipv4Route, b: Ipv4Route): boolean {
  return (
    a.destination === b.destination &&
    a.prefixLength === b.prefixLength &&
    a.metric === b.metric &&
    a.tos === b.tos
  );
}

function isSameRoute(a: Ipv4Route, b: Ipv4Route): boolean {
  return (
    a.type === b.type &&
    a.scope === b.scope &&
    a.gateway === b.gateway &&
    a.dev === b.dev &&
    a.prefSrc === b.prefSrc &&
    a.protocol === b.protocol &&
    a.mtu === b.mtu
  );
}

/** fib_create_info: checks what was asked for and fills in the device of a gateway. */
function buildRoute(command: IpCommand, args: RouteArguments): Ipv4Route {
  const defaults = routeDefaults(args);
  const delivers = [RTN_UNICAST, RTN_LOCAL, RTN_BROADCAST, RTN_MULTICAST].includes(defaults.type);
  const gateway = args.gateway ?? 0;
  const dev = delivers ? outputDevice(command, args, gateway) : null;
  const source = args.source ?? 0;
  if (source !== 0 && !command.netns.ipv4.fib.isLocal(source)) {
    throw new NetlinkError('Invalid prefsrc address', true);
  }
  return {
    ...defaults,
    destination: args.destination,
    prefixLength: args.prefixLength,
    gateway: delivers ? gateway : 0,
    dev,
    prefSrc: source,
    metric: args.metric ?? 0,
    mtu: args.mtu ?? 0,
    tos: args.tos,
    onlink: args.onlink,
  };
}

/** fib_check_nh: the device a next hop is reached through. */
function outputDevice(command: IpCommand, args: RouteArguments, gateway: number): NetDevice {
  const { dev } = args;
  if (gateway === 0) {
    if (dev === null) throw new NetlinkError('No such device');
    if (!dev.isUp) throw new NetlinkError('Device for nexthop is not up', true);
    return dev;
  }
  const fib = command.netns.ipv4.fib;
  if (args.onlink) {
    if (dev === null) throw new NetlinkError('No such device');
    if (!dev.isUp) throw new NetlinkError('Nexthop device is not up', true);
    if (fib.addressType(gateway, dev) !== RTN_UNICAST)
      throw new NetlinkError('Nexthop has invalid gateway', true);
    return dev;
  }
  const hop = fib.lookup(gateway, dev);
  if (hop === null || hop.dev === null || (hop.type !== RTN_UNICAST && hop.type !== RTN_LOCAL)) {
    throw new NetlinkError('Nexthop has invalid gateway', true);
  }
  if (hop.type === RTN_LOCAL || hop.scope < RT_SCOPE_LINK)
    throw new NetlinkError('Nexthop has invalid gateway', true);
  if (!hop.dev.isUp) throw new NetlinkError('Nexthop device is not up', true);
  return hop.dev;
}
