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
import { EXIT_USAGE, IpError, type IpCommand } from './ip-command.ts';
import { PROTOCOLS, ROUTE_TYPES } from './names.ts';
import { parseAddress6, parsePrefix6 } from './prefix6.ts';
import { parseTable } from './route-arguments.ts';
import type { RouteChange } from './route-change.ts';
import { stackOf } from './route6.ts';

/** A route as a command line describes it; null where it says nothing. */
interface RouteArguments6 {
  type: number | null;
  destination: Ipv6Address;
  prefixLength: number;
  destinationGiven: boolean;
  gateway: Ipv6Address | null;
  dev: NetDevice | null;
  source: Ipv6Address | null;
  table: number | null;
  protocol: number | null;
  metric: number | null;
  mtu: number;
  expiresNs: number;
}

/** `ip -6 route add|change|replace|append|prepend` (ip6_route_add, fib6_add_rt2node). Not modelled: several next hops. */
export function changeRoute6(command: IpCommand, change: RouteChange): number {
  const args = readArguments(command);
  command.requireAdmin();
  const route = buildRoute(command, args);
  const { fib } = stackOf(command);
  const rivals = fib
    .table(route.table)
    .routes()
    .filter((other) => hasSamePrefix(other, route) && other.metric === route.metric);
  if (rivals.length > 0 && change.exclusive) throw new NetlinkError('File exists');
  if (rivals.length === 0 && !change.create) throw new NetlinkError('No such file or directory');
  if (change.replace && rivals.length > 0) fib.remove(rivals[0]!);
  else if (rivals.some((other) => isSameHop(other, route))) throw new NetlinkError('File exists');
  fib.add(route);
  return 0;
}

/** `ip -6 route del` (ip6_route_del): the first route that agrees with all that was said. */
export function deleteRoute6(command: IpCommand): number {
  const args = readArguments(command);
  command.requireAdmin();
  const { fib } = stackOf(command);
  const wanted = { destination: args.destination, prefixLength: args.prefixLength };
  const route = fib
    .table(tableOf(args))
    .routes()
    .find((candidate) => hasSamePrefix(candidate, wanted) && agrees(candidate, args));
  if (route === undefined) throw new NetlinkError('No such process');
  fib.remove(route);
  return 0;
}

function agrees(route: Ipv6Route, args: RouteArguments6): boolean {
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

function isSameHop(a: Ipv6Route, b: Ipv6Route): boolean {
  const sameGateway = a.gateway === null ? b.gateway === null : b.gateway?.equals(a.gateway) === true;
  return a.dev === b.dev && sameGateway;
}

function readArguments(command: IpCommand): RouteArguments6 {
  const args: RouteArguments6 = {
    type: null,
    destination: Ipv6Address.UNSPECIFIED,
    prefixLength: 0,
    destinationGiven: false,
    gateway: null,
    dev: null,
    source: null,
    table: null,
    protocol: null,
    metric: null,
    mtu: 0,
    expiresNs: Infinity,
  };
  for (let word = command.take(); word !== undefined; word = command.take()) readWord(command, args, word);
  return args;
}

function readWord(command: IpCommand, args: RouteArguments6, word: string): void {
  switch (word) {
    case 'via': {
      const next = command.value();
      args.gateway = parseAddress6(next === 'inet6' ? command.value() : next);
      return;
    }
    case 'dev':
    case 'oif':
      args.dev = command.device(command.value());
      return;
    case 'src':
      args.source = parseAddress6(command.value());
      return;
    case 'table':
      args.table = parseTable(command, command.value());
      return;
    case 'proto':
    case 'protocol':
      args.protocol = PROTOCOLS.parse(command.value());
      return;
    case 'metric':
    case 'priority':
    case 'preference':
      args.metric = command.unsignedNumber(command.value(), 'metric');
      return;
    case 'mtu': {
      const next = command.value();
      args.mtu = command.unsignedNumber(next === 'lock' ? command.value() : next, 'mtu');
      return;
    }
    case 'expires':
      args.expiresNs = command.proc.nowNs + command.unsignedNumber(command.value(), 'expires') * 1e9;
      return;
    case 'type':
      args.type = ROUTE_TYPES.parse(command.value());
      return;
    case 'scope':
      // IPv6 routes have none; the kernel takes no notice.
      command.value();
      return;
    case 'from':
    case 'nexthop':
    case 'nhid':
    case 'encap':
    case 'onlink':
    case 'pref':
    case 'hoplimit':
    case 'advmss':
    case 'tos':
      command.notModelled(`option ${word} of an IPv6 route`);
      return;
    default:
      readDestination(command, args, word);
  }
}

/** `[to] [TYPE] PREFIX`. */
function readDestination(command: IpCommand, args: RouteArguments6, word: string): void {
  let text = word === 'to' ? command.value() : word;
  const type = text.includes(':') ? null : ROUTE_TYPES.parse(text);
  if (type !== null) {
    args.type = type;
    text = command.value();
  }
  if (args.destinationGiven) {
    throw new IpError(`Error: either "to" is duplicate, or "${text}" is a garbage.`, EXIT_USAGE);
  }
  const prefix = parsePrefix6(text);
  args.destination = prefix.address.masked(prefix.length);
  args.prefixLength = prefix.length;
  args.destinationGiven = true;
}

function tableOf(args: RouteArguments6): number {
  return args.table ?? (args.type === RTN_LOCAL ? RT_TABLE_LOCAL : RT_TABLE_MAIN);
}

/** ip6_route_info_create: checks what was asked for and fills in the device of a gateway. */
function buildRoute(command: IpCommand, args: RouteArguments6): Ipv6Route {
  const type = args.type ?? RTN_UNICAST;
  const delivers = type === RTN_UNICAST || type === RTN_LOCAL || type === RTN_MULTICAST;
  const dev = delivers ? outputDevice(command, args) : null;
  if (args.source !== null && !stackOf(command).fib.isLocal(args.source)) {
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
    mtu: args.mtu,
    expiresNs: args.expiresNs,
  };
}

/** ip6_validate_gw: the device a next hop is reached through. */
function outputDevice(command: IpCommand, args: RouteArguments6): NetDevice {
  const { gateway } = args;
  const { fib } = stackOf(command);
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
