import type { NetDevice } from '../../core/device/net-device.ts';
import { RT_SCOPE_HOST, RT_SCOPE_LINK } from '../../core/device/ipv4-configuration.ts';
import { NetlinkError } from '../../core/namespace/netlink-error.ts';
import {
  RTN_BROADCAST,
  RTN_LOCAL,
  RTN_MULTICAST,
  RTN_UNICAST,
  RTPROT_BOOT,
  RT_TABLE_LOCAL,
  RT_TABLE_MAIN,
  type Ipv4Route,
} from '../../core/namespace/ipv4-route.ts';
import { prefixMask } from '../../protocols/ipv4-address.ts';
import { insertRoute, type RouteChange } from './insert-route.ts';
import { parseAddress, parsePrefix, type IpCommand } from './ip-command.ts';
import { SCOPES } from './names.ts';
import {
  noRouteArguments,
  parseNumberName,
  readRouteArguments,
  type RouteArguments,
  type RouteSyntax,
} from './route-arguments.ts';

/** A route as a command line describes it. */
interface Ipv4RouteArguments extends RouteArguments<number> {
  scope: number | null;
  tos: number;
  onlink: boolean;
}

const SYNTAX: RouteSyntax<number, Ipv4RouteArguments> = { parseAddress, parsePrefix, readOwnWord };

const ORDER = { hasSameKey, isSameRoute };

/** `ip route add|change|replace|append|prepend` (fib_table_insert). */
export function changeRoute(command: IpCommand, change: RouteChange): number {
  const args = readArguments(command);
  command.requireAdmin();
  const route = buildRoute(command, args);
  insertRoute(command.netns.ipv4.fib, route, change, ORDER);
  return 0;
}

/** `ip route del` (fib_table_delete): the first route that agrees with all that was said. */
export function deleteRoute(command: IpCommand): number {
  const args = readArguments(command);
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

function agrees(route: Ipv4Route, args: Ipv4RouteArguments): boolean {
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

function readArguments(command: IpCommand): Ipv4RouteArguments {
  const none = { ...noRouteArguments(0), scope: null, tos: 0, onlink: false };
  const args = readRouteArguments<number, Ipv4RouteArguments>(command, none, SYNTAX);
  const mask = prefixMask(args.prefixLength);
  if ((args.destination & mask) >>> 0 !== args.destination) {
    throw new NetlinkError('Invalid prefix for given prefix length', true);
  }
  return args;
}

function readOwnWord(command: IpCommand, args: Ipv4RouteArguments, word: string): boolean {
  switch (word) {
    case 'via': {
      const next = command.value();
      if (next === 'inet6' || next.includes(':')) command.notModelled('a next hop of another family');
      args.gateway = parseAddress(next === 'inet' ? command.value() : next);
      return true;
    }
    case 'scope':
      args.scope = parseNumberName(command, SCOPES, command.value(), 'scope');
      return true;
    case 'tos':
    case 'dsfield':
      args.tos = command.unsignedNumber(command.value(), 'tos', 255);
      return true;
    case 'onlink':
      args.onlink = true;
      return true;
    case 'nexthop':
    case 'nhid':
    case 'encap':
    case 'realms':
    case 'window':
    case 'rtt':
    case 'cwnd':
    case 'advmss':
    case 'initcwnd':
    case 'initrwnd':
    case 'congctl':
    case 'pref':
      return command.notModelled(`route option ${word}`);
    default:
      return false;
  }
}

/** What a route has that the command line left open. */
function routeDefaults(args: Ipv4RouteArguments): {
  type: number;
  table: number;
  scope: number;
  protocol: number;
} {
  const type = args.type ?? RTN_UNICAST;
  const local = type === RTN_LOCAL || type === RTN_BROADCAST;
  let scope = 0;
  if (type === RTN_LOCAL) scope = RT_SCOPE_HOST;
  else if (type === RTN_BROADCAST || type === RTN_MULTICAST) scope = RT_SCOPE_LINK;
  else if (type === RTN_UNICAST && args.gateway === null) scope = RT_SCOPE_LINK;
  return {
    type,
    table: args.table ?? (local ? RT_TABLE_LOCAL : RT_TABLE_MAIN),
    scope: args.scope ?? scope,
    protocol: args.protocol ?? RTPROT_BOOT,
  };
}

/** fib_create_info: checks what was asked for and fills in the device of a gateway. */
function buildRoute(command: IpCommand, args: Ipv4RouteArguments): Ipv4Route {
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
function outputDevice(command: IpCommand, args: Ipv4RouteArguments, gateway: number): NetDevice {
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
