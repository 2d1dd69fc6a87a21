import type { NetDevice } from '../../core/device/net-device.ts';
import { NetlinkError } from '../../core/namespace/netlink-error.ts';
import {
  RTN_LOCAL,
  RTN_MULTICAST,
  RTN_UNICAST,
  RTPROT_BOOT,
  RT_TABLE_LOCAL,
  RT_TABLE_MAIN,
} from '../../core/namespace/ipv4-route.ts';
import { IP6_RT_PRIO_USER, type Ipv6Route } from '../../core/namespace/ipv6-route.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';
import { insertRoute, type RouteChange } from './insert-route.ts';
import type { IpCommand } from './ip-command.ts';
import { parseAddress6, parsePrefix6 } from './prefix6.ts';
import {
  noRouteArguments,
  readRouteArguments,
  type RouteArguments,
  type RouteSyntax,
} from './route-arguments.ts';

/** A route as a command line describes it. */
interface Ipv6RouteArguments extends RouteArguments<Ipv6Address> {
  expiresNs: number;
}

const SYNTAX: RouteSyntax<Ipv6Address, Ipv6RouteArguments> = {
  parseAddress: parseAddress6,
  parsePrefix: (text) => {
    const { address, length } = parsePrefix6(text);
    return { address: address.masked(length), length };
  },
  readOwnWord,
};

const ORDER = { hasSameKey, isSameRoute };

/** `ip -6 route add|change|replace|append|prepend` (ip6_route_add, fib6_add_rt2node). Not modelled: several next hops. */
export function changeRoute6(command: IpCommand, change: RouteChange): number {
  const args = readArguments(command);
  command.requireAdmin();
  const route = buildRoute(command, args);
  insertRoute(command.ipv6Stack().fib, route, change, ORDER);
  return 0;
}

/** `ip -6 route del` (ip6_route_del): the first route that agrees with all that was said. */
export function deleteRoute6(command: IpCommand): number {
  const args = readArguments(command);
  command.requireAdmin();
  const { fib } = command.ipv6Stack();
  const wanted = { destination: args.destination, prefixLength: args.prefixLength };
  const route = fib
    .table(tableOf(args))
    .routes()
    .find((candidate) => hasSamePrefix(candidate, wanted) && agrees(candidate, args));
  if (route === undefined) throw new NetlinkError('No such process');
  fib.remove(route);
  return 0;
}

function agrees(route: Ipv6Route, args: Ipv6RouteArguments): boolean {
  return (
    (args.type === null || route.type === args.type) &&
    (args.protocol === null || route.protocol === args.protocol) &&
    (args.metric === null || route.metric === args.metric) &&
    (args.gateway === null || route.gateway?.equals(args.gateway) === true) &&
    (args.dev === null || route.dev === args.dev)
  );
}

function hasSamePrefix(
  a: Pick<Ipv6Route, 'destination' | 'prefixLength'>,
  b: Pick<Ipv6Route, 'destination' | 'prefixLength'>,
): boolean {
  return a.prefixLength === b.prefixLength && a.destination.equals(b.destination);
}

function hasSameKey(a: Ipv6Route, b: Ipv6Route): boolean {
  return hasSamePrefix(a, b) && a.metric === b.metric;
}

/** Only next hops tell two routes of one prefix and metric apart (rt6_duplicate_nexthop). */
function isSameRoute(a: Ipv6Route, b: Ipv6Route): boolean {
  const sameGateway = a.gateway === null ? b.gateway === null : b.gateway?.equals(a.gateway) === true;
  return a.dev === b.dev && sameGateway;
}

function readArguments(command: IpCommand): Ipv6RouteArguments {
  const none = { ...noRouteArguments(Ipv6Address.UNSPECIFIED), expiresNs: Infinity };
  return readRouteArguments<Ipv6Address, Ipv6RouteArguments>(command, none, SYNTAX);
}

function readOwnWord(command: IpCommand, args: Ipv6RouteArguments, word: string): boolean {
  switch (word) {
    case 'via': {
      const next = command.value();
      args.gateway = parseAddress6(next === 'inet6' ? command.value() : next);
      return true;
    }
    case 'expires':
      args.expiresNs = command.proc.nowNs + command.unsignedNumber(command.value(), 'expires') * 1e9;
      return true;
    case 'scope':
      // IPv6 routes have none; the kernel takes no notice.
      command.value();
      return true;
    case 'from':
    case 'nexthop':
    case 'nhid':
    case 'encap':
    case 'onlink':
    case 'pref':
    case 'hoplimit':
    case 'advmss':
    case 'tos':
      return command.notModelled(`option ${word} of an IPv6 route`);
    default:
      return false;
  }
}

function tableOf(args: Ipv6RouteArguments): number {
  return args.table ?? (args.type === RTN_LOCAL ? RT_TABLE_LOCAL : RT_TABLE_MAIN);
}

/** ip6_route_info_create: checks what was asked for and fills in the device of a gateway. */
function buildRoute(command: IpCommand, args: Ipv6RouteArguments): Ipv6Route {
  const type = args.type ?? RTN_UNICAST;
  const delivers = type === RTN_UNICAST || type === RTN_LOCAL || type === RTN_MULTICAST;
  const dev = delivers ? outputDevice(command, args) : null;
  if (args.source !== null && !command.ipv6Stack().fib.isLocal(args.source)) {
    throw new NetlinkError('Invalid source address', true);
  }
  return {
    type,
    destination: args.destination,
    prefixLength: args.prefixLength,
    gateway: delivers ? args.gateway : null,
    dev,
    prefSrc: args.source,
    protocol: args.protocol ?? RTPROT_BOOT,
    table: tableOf(args),
    metric: args.metric ?? IP6_RT_PRIO_USER,
    mtu: args.mtu ?? 0,
    expiresNs: args.expiresNs,
  };
}

/** ip6_validate_gw: the device a next hop is reached through. */
function outputDevice(command: IpCommand, args: Ipv6RouteArguments): NetDevice {
  const { gateway } = args;
  const { fib } = command.ipv6Stack();
  let { dev } = args;
  if (gateway !== null) {
    if (fib.isLocal(gateway)) throw new NetlinkError('Gateway can not be a local address', true);
    if (gateway.isMulticast() || gateway.isUnspecified())
      throw new NetlinkError('Invalid gateway address', true);
    if (!gateway.isLinkLocal()) {
      const hop = fib.lookup(gateway, dev);
      if (hop === null || hop.dev === null || hop.gateway !== null)
        throw new NetlinkError('No route to host');
      dev = hop.dev;
    }
  }
  if (dev === null) throw new NetlinkError('Egress device not specified', true);
  if (dev.ipv6 === null || dev.ipv6.disableIpv6 !== 0) {
    throw new NetlinkError('IPv6 is disabled on nexthop device', true);
  }
  if (!dev.isUp) throw new NetlinkError('Nexthop device is not up', true);
  return dev;
}
