import type { NetDevice } from '../../core/device/net-device.ts';
import { RT_TABLE_MAIN, type Ipv4Route } from '../../core/namespace/ipv4-route.ts';
import type { Ipv6Route } from '../../core/namespace/ipv6-route.ts';
import {
  ipPrefixContains,
  sharesIpPrefix,
  type IpAddress,
  type IpPrefix,
} from '../../protocols/ip-address.ts';
import { EXIT_KERNEL, IpError, parsePrefix, type IpCommand } from './ip-command.ts';
import { PROTOCOLS, ROUTE_TYPES, SCOPES } from './names.ts';
import { parsePrefix6 } from './prefix6.ts';
import { parseRouteType, parseTable } from './route-arguments.ts';

/** Which routes of one family a list shows, or a flush removes; null where anything passes. */
export interface RouteFilter {
  readonly family: 4 | 6;
  /** 0 is every table. */
  table: number;
  tableGiven: boolean;
  /** The route cache is meant, not the tables. */
  cached: boolean;
  dev: NetDevice | null;
  via: IpPrefix | null;
  source: IpPrefix | null;
  protocol: number | null;
  /** IPv4's alone. */
  scope: number | null;
  type: number | null;
  destination: { prefix: IpPrefix; mode: 'root' | 'match' | 'exact' } | null;
}

/** The filter that passes all routes of the main table. */
export function openFilter(family: 4 | 6): RouteFilter {
  return {
    family,
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
}

/** The words of `ip route show` and `flush` (iproute_list_flush_or_save). */
export function readRouteFilter(command: IpCommand, family: 4 | 6): RouteFilter {
  const filter = openFilter(family);
  for (let word = command.take(); word !== undefined; word = command.take()) {
    readWord(command, filter, word);
  }
  return filter;
}

function readWord(command: IpCommand, filter: RouteFilter, word: string): void {
  if (word === 'table') {
    const table = command.value();
    filter.tableGiven = true;
    if (table === 'all') filter.table = 0;
    else if (table === 'cache') filter.cached = true;
    else filter.table = parseTable(command, table);
  } else if (word === 'cache' || word === 'cached') filter.cached = true;
  else if (word === 'dev' || word === 'oif') filter.dev = command.device(command.value());
  else if (word === 'via') filter.via = parseFamilyPrefix(filter, command.value());
  else if (word === 'src') filter.source = parseFamilyPrefix(filter, command.value());
  else if (word === 'proto' || word === 'protocol') filter.protocol = PROTOCOLS.parse(command.value());
  else if (word === 'scope') {
    if (filter.family === 6) command.notModelled('ip -6 route show with scope');
    filter.scope = SCOPES.parse(command.value());
  } else if (word === 'type') filter.type = ROUTE_TYPES.parse(command.value());
  else readDestination(command, filter, word);
}

/** `[to] [root|match|exact] [TYPE] [PREFIX]`. */
function readDestination(command: IpCommand, filter: RouteFilter, word: string): void {
  let text = word === 'to' ? command.value() : word;
  let mode: 'root' | 'match' | 'exact' = 'exact';
  if (text === 'root' || text === 'match' || text === 'exact') {
    mode = text;
    text = command.value();
  }
  const type = parseRouteType(text);
  if (type !== null) {
    filter.type = type;
    const next = command.take();
    if (next === undefined) return;
    text = next;
  }
  filter.destination = { prefix: parseFamilyPrefix(filter, text), mode };
}

function parseFamilyPrefix({ family }: RouteFilter, text: string): IpPrefix {
  return family === 6 ? parsePrefix6(text) : parsePrefix(text);
}

/** The routes that pass, table by table; IPv6's main table comes before its others (fib6_dump). */
export function filterRoutes<Route extends Ipv4Route | Ipv6Route>(
  fib: { tableIds(): number[]; table(id: number): { routes(): Route[] } },
  filter: RouteFilter,
): Route[] {
  const { family, table } = filter;
  const ids = fib.tableIds();
  if (table !== 0 && !ids.includes(table)) {
    throw new IpError(`Error: ipv${family}: FIB table does not exist.\nDump terminated`, EXIT_KERNEL);
  }
  if (family === 6) ids.sort((a, b) => Number(b === RT_TABLE_MAIN) - Number(a === RT_TABLE_MAIN));
  const chosen = table === 0 ? ids : [table];
  return chosen.flatMap((id) => fib.table(id).routes()).filter((candidate) => passes(candidate, filter));
}

function passes(candidate: Ipv4Route | Ipv6Route, filter: RouteFilter): boolean {
  return (
    (filter.dev === null || candidate.dev === filter.dev) &&
    (filter.via === null || isWithin(candidate.gateway, filter.via)) &&
    (filter.source === null || isWithin(candidate.prefSrc, filter.source)) &&
    (filter.protocol === null || candidate.protocol === filter.protocol) &&
    (filter.scope === null || ('scope' in candidate && candidate.scope === filter.scope)) &&
    (filter.type === null || candidate.type === filter.type) &&
    (filter.destination === null || matchesDestination(candidate, filter.destination))
  );
}

function isWithin(address: IpAddress | null, prefix: IpPrefix): boolean {
  return address !== null && ipPrefixContains(prefix, address);
}

function matchesDestination(
  { destination, prefixLength }: Ipv4Route | Ipv6Route,
  { prefix, mode }: NonNullable<RouteFilter['destination']>,
): boolean {
  if (mode === 'root') return prefixLength >= prefix.length && isWithin(destination, prefix);
  const within = sharesIpPrefix(destination, prefix.address, prefixLength);
  if (mode === 'match') return prefixLength <= prefix.length && within;
  return prefixLength === prefix.length && within;
}
