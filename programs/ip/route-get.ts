import type { NetDevice } from '../../core/device/net-device.ts';
import { NetlinkError } from '../../core/namespace/netlink-error.ts';
import {
  RTN_BLACKHOLE,
  RTN_BROADCAST,
  RTN_LOCAL,
  RTN_MULTICAST,
  RTN_PROHIBIT,
  RTN_UNREACHABLE,
  RT_TABLE_MAIN,
  type Ipv4Route,
} from '../../core/namespace/ipv4-route.ts';
import { selectSourceAddress } from '../../core/namespace/ipv4-fib.ts';
import { formatIpv4, prefixMask, type Ipv4Prefix } from '../../protocols/ipv4-address.ts';
import {
  EXIT_KERNEL,
  EXIT_LOCAL,
  EXIT_USAGE,
  IpError,
  findKeyword,
  parseAddress,
  parsePrefix,
  type IpCommand,
} from './ip-command.ts';
import { PROTOCOLS, ROUTE_TYPES, SCOPES } from './names.ts';
import { isAboutIpv6 } from './prefix6.ts';
import { flushRoutes6, getRoute6, printAllRoutes6, showRoutes6 } from './route6.ts';
import { changeRoute6, deleteRoute6 } from './route6-change.ts';
import { parseTable } from './route-arguments.ts';
import { changeRoute, deleteRoute } from './route-change.ts';
import { NOTHING_HIDDEN, busyboxRouteText, routeText } from './route-text.ts';

const COMMANDS = [
  'add',
  'change',
  'chg',
  'replace',
  'prepend',
  'append',
  'delete',
  'list',
  'show',
  'lst',
  'get',
  'flush',
];

/** `ip route`; IPv6 has its own files. Not modelled: several next hops, encapsulations. */
export function route(command: IpCommand): number {
  const word = command.take() ?? 'show';
  if (isAboutIpv6(command)) return route6(command, word);
  switch (findKeyword(word, COMMANDS)) {
    case 'add':
      return changeRoute(command, { create: true, replace: false, exclusive: true });
    case 'append':
    case 'prepend':
      return changeRoute(command, { create: true, replace: false, exclusive: false });
    case 'replace':
      return changeRoute(command, { create: true, replace: true, exclusive: false });
    case 'change':
    case 'chg':
      return changeRoute(command, { create: false, replace: true, exclusive: false });
    case 'delete':
      return deleteRoute(command);
    case 'get':
      return getRoute(command);
    case 'flush':
      return flushRoutes(command);
    case 'list':
    case 'show':
    case 'lst':
      return showRoutes(command);
    default:
      return command.unknownCommand('route', word);
  }
}

function route6(command: IpCommand, word: string): number {
  switch (findKeyword(word, COMMANDS)) {
    case 'add':
      return changeRoute6(command, { create: true, replace: false, exclusive: true });
    case 'append':
    case 'prepend':
      return changeRoute6(command, { create: true, replace: false, exclusive: false });
    case 'replace':
      return changeRoute6(command, { create: true, replace: true, exclusive: false });
    case 'change':
    case 'chg':
      return changeRoute6(command, { create: false, replace: true, exclusive: false });
    case 'delete':
      return deleteRoute6(command);
    case 'get':
      return getRoute6(command);
    case 'flush':
      return flushRoutes6(command);
    case 'list':
    case 'show':
    case 'lst':
      return showRoutes6(command);
    default:
      return command.unknownCommand('route', word);
  }
}

interface RouteFilter {
  /** 0 is every table. */
  table: number;
  tableGiven: boolean;
  cached: boolean;
  dev: NetDevice | null;
  via: Ipv4Prefix | null;
  source: Ipv4Prefix | null;
  protocol: number | null;
  scope: number | null;
  type: number | null;
  destination: { prefix: Ipv4Prefix; mode: 'root' | 'match' | 'exact' } | null;
}

function readFilter(command: IpCommand): RouteFilter {
  const filter: RouteFilter = {
    table: RT_TABLE_MAIN,
    tableGiven: false,
    cached: false,
    dev: null,
    via: null,
    source: null,
    protocol: null,
    scope: null,
    type: null,
    destination: null,
  };
  for (let word = command.take(); word !== undefined; word = command.take())
    readFilterWord(command, filter, word);
  return filter;
}

function readFilterWord(command: IpCommand, filter: RouteFilter, word: string): void {
  if (word === 'table') {
    const table = command.value();
    filter.tableGiven = true;
    if (table === 'all') filter.table = 0;
    else if (table === 'cache') filter.cached = true;
    else filter.table = parseTable(command, table);
  } else if (word === 'cache' || word === 'cached') filter.cached = true;
  else if (word === 'dev' || word === 'oif') filter.dev = command.device(command.value());
  else if (word === 'via') filter.via = parsePrefix(command.value());
  else if (word === 'src') filter.source = parsePrefix(command.value());
  else if (word === 'proto' || word === 'protocol') filter.protocol = PROTOCOLS.parse(command.value());
  else if (word === 'scope') filter.scope = SCOPES.parse(command.value());
  else if (word === 'type') filter.type = ROUTE_TYPES.parse(command.value());
  else {
    let text = word === 'to' ? command.value() : word;
    let mode: 'root' | 'match' | 'exact' = 'exact';
    if (text === 'root' || text === 'match' || text === 'exact') {
      mode = text;
      text = command.value();
    }
    const type = /^\d/.test(text) ? null : ROUTE_TYPES.parse(text);
    if (type !== null) {
      filter.type = type;
      const next = command.take();
      if (next === undefined) return;
      text = next;
    }
    filter.destination = { prefix: parsePrefix(text), mode };
  }
}

function selectRoutes(command: IpCommand, filter: RouteFilter): Ipv4Route[] {
  const fib = command.netns.ipv4.fib;
  if (filter.table !== 0 && !fib.tableIds().includes(filter.table)) {
    throw new IpError('Error: ipv4: FIB table does not exist.\nDump terminated', EXIT_KERNEL);
  }
  const ids = filter.table === 0 ? fib.tableIds() : [filter.table];
  return ids.flatMap((id) => fib.table(id).routes()).filter((candidate) => passes(candidate, filter));
}

function passes(candidate: Ipv4Route, filter: RouteFilter): boolean {
  return (
    (filter.dev === null || candidate.dev === filter.dev) &&
    (filter.via === null || isWithin(candidate.gateway, filter.via)) &&
    (filter.source === null || isWithin(candidate.prefSrc, filter.source)) &&
    (filter.protocol === null || candidate.protocol === filter.protocol) &&
    (filter.scope === null || candidate.scope === filter.scope) &&
    (filter.type === null || candidate.type === filter.type) &&
    (filter.destination === null || matchesDestination(candidate, filter.destination))
  );
}

function isWithin(address: number, prefix: Ipv4Prefix): boolean {
  return ((address ^ prefix.address) & prefixMask(prefix.length)) === 0;
}

function matchesDestination(
  { destination, prefixLength }: Ipv4Route,
  { prefix, mode }: NonNullable<RouteFilter['destination']>,
): boolean {
  if (mode === 'root') return prefixLength >= prefix.length && isWithin(destination, prefix);
  const within = ((destination ^ prefix.address) & prefixMask(prefixLength)) === 0;
  if (mode === 'match') return prefixLength <= prefix.length && within;
  return prefixLength === prefix.length && within;
}

function showRoutes(command: IpCommand): number {
  const filter = readFilter(command);
  // The IPv4 routing cache is no more: its listing is empty but for path MTUs, which `ip route get` shows.
  if (filter.cached) return 0;
  const hidden = {
    ...NOTHING_HIDDEN,
    dev: filter.dev !== null,
    via: filter.via?.length === 32,
    table: filter.tableGiven && filter.table !== 0,
    protocol: filter.protocol !== null,
    scope: filter.scope !== null,
    source: filter.source?.length === 32,
  };
  for (const item of selectRoutes(command, filter)) {
    command.printRecord(
      command.options.busybox
        ? busyboxRouteText(item, hidden)
        : routeText(item, command.options.details, hidden),
    );
  }
  if (filter.table === 0 && filter.tableGiven && command.options.family === 0) printAllRoutes6(command);
  return 0;
}

function flushRoutes(command: IpCommand): number {
  if (command.peek() === undefined) throw new IpError('"ip route flush" requires arguments.', EXIT_USAGE);
  const filter = readFilter(command);
  if (filter.cached) return flushCache(command);
  command.requireAdmin();
  for (const item of selectRoutes(command, filter)) command.netns.ipv4.fib.remove(item);
  return 0;
}

function flushCache(command: IpCommand): number {
  const path = '/proc/sys/net/ipv4/route/flush';
  const file = command.proc.context.fileSystem.find(path);
  if (file?.write === undefined) {
    const reason = file === null ? 'No such file or directory' : 'Read-only file system';
    command.proc.printError(`Cannot open "${path}": ${reason}\n`);
    return 0;
  }
  file.write('-1\n');
  return 0;
}

/** `ip route get`: what the kernel would do with a packet (inet_rtm_getroute). */
function getRoute(command: IpCommand): number {
  let target: number | null = null;
  let from = 0;
  let mark = 0;
  let tos = 0;
  let iif: NetDevice | null = null;
  let oif: NetDevice | null = null;
  for (let word = command.take(); word !== undefined; word = command.take()) {
    if (word === 'from') from = parsePrefix(command.value()).address;
    else if (word === 'iif') iif = command.device(command.value());
    else if (word === 'oif' || word === 'dev') oif = command.device(command.value());
    else if (word === 'mark') mark = command.unsignedNumber(command.value(), 'mark');
    else if (word === 'tos') tos = command.unsignedNumber(command.value(), 'tos', 255);
    else target = parseAddress((word === 'to' ? command.value() : word).replace(/\/32$/, ''));
  }
  if (target === null) throw new IpError('need at least a destination address', EXIT_LOCAL);
  const found = command.netns.ipv4.fib.lookup(target, oif, from, iif, mark, tos);
  if (found === null) throw new NetlinkError('Network is unreachable');
  refuseUnusable(found);
  command.printRecord(describe(command, found, target, from, iif));
  return 0;
}

function refuseUnusable(found: Ipv4Route): void {
  if (found.type === RTN_UNREACHABLE) throw new NetlinkError('No route to host');
  if (found.type === RTN_PROHIBIT) throw new NetlinkError('Permission denied');
  if (found.type === RTN_BLACKHOLE) throw new NetlinkError('Invalid argument');
}

function describe(
  command: IpCommand,
  found: Ipv4Route,
  target: number,
  from: number,
  iif: NetDevice | null,
): string {
  const { netns } = command;
  const local = found.type === RTN_LOCAL;
  const dev = local ? netns.loopback : found.dev!;
  const fields: string[] = [];
  if (local || found.type === RTN_BROADCAST || found.type === RTN_MULTICAST)
    fields.push(ROUTE_TYPES.text(found.type));
  fields.push(formatIpv4(target));
  if (from !== 0) fields.push(`from ${formatIpv4(from)}`);
  if (found.gateway !== 0) fields.push(`via ${formatIpv4(found.gateway)}`);
  fields.push(`dev ${dev.name}`);
  if (found.table !== RT_TABLE_MAIN && !local && found.type !== RTN_BROADCAST)
    fields.push(`table ${found.table}`);
  const source = local && found.prefixLength === 32 ? target : found.prefSrc;
  const chosen =
    source !== 0 ? source : selectSourceAddress(netns, dev, found.gateway !== 0 ? found.gateway : target);
  if (from === 0 && chosen !== 0) fields.push(`src ${formatIpv4(chosen)}`);
  if (iif === null) fields.push('uid 0');
  const cacheFlags = local ? '<local> ' : found.type === RTN_BROADCAST ? '<local,brd> ' : '';
  return `${fields.join(' ')} \n    cache ${cacheFlags}${pathMtuText(command, found, target)}${iif === null ? '' : `iif ${iif.name} `}\n`;
}

function pathMtuText(command: IpCommand, found: Ipv4Route, target: number): string {
  const { pathMtu } = command.netns.ipv4;
  const learned = pathMtu.list().find(({ destination }) => destination === target);
  if (learned === undefined) return found.mtu === 0 ? '' : `mtu ${found.mtu} `;
  return `expires ${Math.floor(learned.leftNs / 1e9)}sec mtu ${learned.mtuBytes} `;
}
