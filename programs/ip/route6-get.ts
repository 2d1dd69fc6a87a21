import type { NetDevice } from '../../core/device/net-device.ts';
import { NetlinkError } from '../../core/namespace/netlink-error.ts';
import type { Ipv6Stack } from '../../core/namespace/ipv6-stack.ts';
import {
  RTN_BLACKHOLE,
  RTN_LOCAL,
  RTN_MULTICAST,
  RTN_PROHIBIT,
  RTN_UNREACHABLE,
  RT_TABLE_MAIN,
} from '../../core/namespace/ipv4-route.ts';
import type { Ipv6Route } from '../../core/namespace/ipv6-route.ts';
import { formatIpv6, Ipv6Address, type Ipv6Prefix } from '../../protocols/ipv6-address.ts';
import { EXIT_KERNEL, EXIT_LOCAL, EXIT_USAGE, IpError, type IpCommand } from './ip-command.ts';
import { PROTOCOLS, ROUTE_TYPES, TABLES } from './names.ts';
import { parseAddress6, parsePrefix6 } from './prefix6.ts';
import { parseTable } from './route-arguments.ts';
import { NOTHING_HIDDEN } from './route-text.ts';
import { busyboxRouteText6, routeText6, secondsLeft } from './route6-text.ts';

interface RouteFilter6 {
  /** 0 is every table. */
  table: number;
  tableGiven: boolean;
  cached: boolean;
  dev: NetDevice | null;
  via: Ipv6Prefix | null;
  source: Ipv6Prefix | null;
  protocol: number | null;
  type: number | null;
  destination: { prefix: Ipv6Prefix; mode: 'root' | 'match' | 'exact' } | null;
}

/** The IPv6 half of a namespace, for what is changed or asked. */
export function stackOf(command: IpCommand): Ipv6Stack {
  const stack = command.netns.ipv6;
  if (stack === null) throw new NetlinkError('Operation not supported');
  return stack;
}

/** `ip -6 route show`. The route cache's list is empty: `ip route get` shows path MTUs. */
export function showRoutes6(command: IpCommand): number {
  const filter = readFilter(command);
  if (filter.cached) return 0;
  const hidden = {
    ...NOTHING_HIDDEN,
    dev: filter.dev !== null,
    via: filter.via?.length === 128,
    table: filter.tableGiven && filter.table !== 0,
    protocol: filter.protocol !== null,
    source: filter.source?.length === 128,
  };
  const { nowNs } = command.proc;
  for (const item of selectRoutes(command, filter)) {
    command.printRecord(
      command.options.busybox
        ? busyboxRouteText6(item, hidden, nowNs)
        : routeText6(item, command.options.details, hidden, nowNs),
    );
  }
  return 0;
}

/** What `ip route show table all` lists after the IPv4 routes: main first, then the other tables. */
export function printAllRoutes6(command: IpCommand): void {
  const fib = command.netns.ipv6?.fib;
  if (fib === undefined) return;
  const others = fib.tableIds().filter((id) => id !== RT_TABLE_MAIN);
  for (const id of [RT_TABLE_MAIN, ...others]) {
    for (const item of fib.table(id).routes()) {
      command.printRecord(routeText6(item, command.options.details, NOTHING_HIDDEN, command.proc.nowNs));
    }
  }
}

export function flushRoutes6(command: IpCommand): number {
  if (command.peek() === undefined) throw new IpError('"ip route flush" requires arguments.', EXIT_USAGE);
  const filter = readFilter(command);
  command.requireAdmin();
  const stack = stackOf(command);
  if (filter.cached) stack.pathMtu.clear();
  else for (const item of selectRoutes(command, filter)) stack.fib.remove(item);
  return 0;
}

/** `ip -6 route get`: what the kernel would do with a packet (inet6_rtm_getroute). */
export function getRoute6(command: IpCommand): number {
  let target: Ipv6Address | null = null;
  let from = Ipv6Address.UNSPECIFIED;
  let oif: NetDevice | null = null;
  for (let word = command.take(); word !== undefined; word = command.take()) {
    if (word === 'from') from = parsePrefix6(command.value()).address;
    else if (word === 'oif' || word === 'dev') oif = command.device(command.value());
    else if (word === 'iif' || word === 'mark' || word === 'tos') {
      command.notModelled(`ip -6 route get with ${word}`);
    } else target = parseAddress6((word === 'to' ? command.value() : word).replace(/\/128$/, ''));
  }
  if (target === null) throw new IpError('need at least a destination address', EXIT_LOCAL);
  const found = stackOf(command).fib.lookup(target, oif);
  if (found === null) throw new NetlinkError('Network is unreachable');
  if (found.type === RTN_UNREACHABLE) throw new NetlinkError('No route to host');
  if (found.type === RTN_PROHIBIT) throw new NetlinkError('Permission denied');
  if (found.type === RTN_BLACKHOLE) throw new NetlinkError('Invalid argument');
  command.printRecord(describe(command, found, target, from));
  return 0;
}

function describe(command: IpCommand, found: Ipv6Route, target: Ipv6Address, from: Ipv6Address): string {
  const stack = stackOf(command);
  const local = found.type === RTN_LOCAL;
  const dev = local ? command.netns.loopback : found.dev!;
  const fields: string[] = [];
  if (local || found.type === RTN_MULTICAST) fields.push(ROUTE_TYPES.text(found.type));
  fields.push(`${formatIpv6(target)} from ${formatIpv6(from)}`);
  if (found.gateway !== null) fields.push(`via ${formatIpv6(found.gateway)}`);
  fields.push(`dev ${dev.name}`);
  if (found.table !== RT_TABLE_MAIN) fields.push(`table ${TABLES.text(found.table)}`);
  if (PROTOCOLS.text(found.protocol) !== 'boot') fields.push(`proto ${PROTOCOLS.text(found.protocol)}`);
  const source = local ? target : (found.prefSrc ?? stack.selectSourceAddress(found.dev!, target));
  if (source !== null && from.isUnspecified()) fields.push(`src ${formatIpv6(source)}`);
  fields.push(`metric ${found.metric}`);
  if (found.expiresNs !== Infinity)
    fields.push(`expires ${secondsLeft(found.expiresNs, command.proc.nowNs)}sec`);
  const learned = stack.pathMtu.find(target);
  if (learned !== null) {
    const left = secondsLeft(learned.expiresNs, command.proc.nowNs);
    return `${fields.join(' ')} \n    cache expires ${left}sec mtu ${learned.mtuBytes} pref medium\n`;
  }
  if (found.mtu !== 0) fields.push(`mtu ${found.mtu}`);
  return `${fields.join(' ')} pref medium\n`;
}

function readFilter(command: IpCommand): RouteFilter6 {
  const filter: RouteFilter6 = {
    table: RT_TABLE_MAIN,
    tableGiven: false,
    cached: false,
    dev: null,
    via: null,
    source: null,
    protocol: null,
    type: null,
    destination: null,
  };
  for (let word = command.take(); word !== undefined; word = command.take()) {
    readFilterWord(command, filter, word);
  }
  return filter;
}

function readFilterWord(command: IpCommand, filter: RouteFilter6, word: string): void {
  if (word === 'table') {
    const table = command.value();
    filter.tableGiven = true;
    if (table === 'all') filter.table = 0;
    else if (table === 'cache') filter.cached = true;
    else filter.table = parseTable(command, table);
  } else if (word === 'cache' || word === 'cached') filter.cached = true;
  else if (word === 'dev' || word === 'oif') filter.dev = command.device(command.value());
  else if (word === 'via') filter.via = parsePrefix6(command.value());
  else if (word === 'src') filter.source = parsePrefix6(command.value());
  else if (word === 'proto' || word === 'protocol') filter.protocol = PROTOCOLS.parse(command.value());
  else if (word === 'type') filter.type = ROUTE_TYPES.parse(command.value());
  else if (word === 'scope') command.notModelled('ip -6 route show with scope');
  else readDestination(command, filter, word);
}

function readDestination(command: IpCommand, filter: RouteFilter6, word: string): void {
  let text = word === 'to' ? command.value() : word;
  let mode: 'root' | 'match' | 'exact' = 'exact';
  if (text === 'root' || text === 'match' || text === 'exact') {
    mode = text;
    text = command.value();
  }
  const type = /^[\da-f]*:/.test(text) ? null : ROUTE_TYPES.parse(text);
  if (type !== null) {
    filter.type = type;
    const next = command.take();
    if (next === undefined) return;
    text = next;
  }
  filter.destination = { prefix: parsePrefix6(text), mode };
}

function selectRoutes(command: IpCommand, filter: RouteFilter6): Ipv6Route[] {
  const fib = command.netns.ipv6?.fib;
  if (fib === undefined) return [];
  if (filter.table !== 0 && !fib.tableIds().includes(filter.table)) {
    throw new IpError('Error: ipv6: FIB table does not exist.\nDump terminated', EXIT_KERNEL);
  }
  const others = fib.tableIds().filter((id) => id !== RT_TABLE_MAIN);
  const ids = filter.table === 0 ? [RT_TABLE_MAIN, ...others] : [filter.table];
  return ids.flatMap((id) => fib.table(id).routes()).filter((candidate) => passes(candidate, filter));
}

function passes(candidate: Ipv6Route, filter: RouteFilter6): boolean {
  return (
    (filter.dev === null || candidate.dev === filter.dev) &&
    (filter.via === null || isWithin(candidate.gateway, filter.via)) &&
    (filter.source === null || isWithin(candidate.prefSrc, filter.source)) &&
    (filter.protocol === null || candidate.protocol === filter.protocol) &&
    (filter.type === null || candidate.type === filter.type) &&
    (filter.destination === null || matchesDestination(candidate, filter.destination))
  );
}

function isWithin(address: Ipv6Address | null, prefix: Ipv6Prefix): boolean {
  return address?.matchesPrefix(prefix.address, prefix.length) === true;
}

function matchesDestination(
  { destination, prefixLength }: Ipv6Route,
  { prefix, mode }: NonNullable<RouteFilter6['destination']>,
): boolean {
  if (mode === 'root') return prefixLength >= prefix.length && isWithin(destination, prefix);
  const within = destination.matchesPrefix(prefix.address, prefixLength);
  if (mode === 'match') return prefixLength <= prefix.length && within;
  return prefixLength === prefix.length && within;
}
