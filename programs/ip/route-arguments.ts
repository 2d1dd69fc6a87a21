import type { NetDevice } from '../../core/device/net-device.ts';
import { NetlinkError } from '../../core/namespace/netlink-error.ts';
import {
  RTN_BROADCAST,
  RTN_LOCAL,
  RTN_MULTICAST,
  RTN_UNICAST,
  RTPROT_BOOT,
  RT_TABLE_LOCAL,
  RT_TABLE_MAIN,
} from '../../core/namespace/ipv4-route.ts';
import { RT_SCOPE_HOST, RT_SCOPE_LINK } from '../../core/device/ipv4-configuration.ts';
import { prefixMask } from '../../protocols/ipv4-address.ts';
import { EXIT_USAGE, IpError, parseAddress, parsePrefix, type IpCommand } from './ip-command.ts';
import { PROTOCOLS, ROUTE_TYPES, SCOPES, TABLES } from './names.ts';

/** A route as a command line describes it; null where it says nothing. */
export interface RouteArguments {
  type: number | null;
  destination: number;
  prefixLength: number;
  destinationGiven: boolean;
  gateway: number | null;
  dev: NetDevice | null;
  source: number | null;
  table: number | null;
  scope: number | null;
  protocol: number | null;
  metric: number | null;
  mtu: number | null;
  tos: number;
  onlink: boolean;
}

/** Words of `ip route add` and its like (iproute_modify). */
export function readRouteArguments(command: IpCommand): RouteArguments {
  const args: RouteArguments = {
    type: null,
    destination: 0,
    prefixLength: 0,
    destinationGiven: false,
    gateway: null,
    dev: null,
    source: null,
    table: null,
    scope: null,
    protocol: null,
    metric: null,
    mtu: null,
    tos: 0,
    onlink: false,
  };
  for (let word = command.take(); word !== undefined; word = command.take()) readWord(command, args, word);
  const mask = prefixMask(args.prefixLength);
  if ((args.destination & mask) >>> 0 !== args.destination) {
    throw new NetlinkError('Invalid prefix for given prefix length', true);
  }
  return args;
}

function readWord(command: IpCommand, args: RouteArguments, word: string): void {
  switch (word) {
    case 'via': {
      const next = command.value();
      if (next === 'inet6' || next.includes(':')) command.notModelled('a next hop of another family');
      args.gateway = parseAddress(next === 'inet' ? command.value() : next);
      return;
    }
    case 'dev':
    case 'oif':
      args.dev = command.device(command.value());
      return;
    case 'src':
      args.source = parseAddress(command.value());
      return;
    case 'table':
      args.table = parseTable(command, command.value());
      return;
    case 'scope':
      args.scope = parseNumberName(command, SCOPES, command.value(), 'scope');
      return;
    case 'proto':
    case 'protocol':
      args.protocol = parseNumberName(command, PROTOCOLS, command.value(), 'protocol');
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
    case 'tos':
    case 'dsfield':
      args.tos = command.unsignedNumber(command.value(), 'tos', 255);
      return;
    case 'onlink':
      args.onlink = true;
      return;
    case 'type':
      args.type = parseNumberName(command, ROUTE_TYPES, command.value(), 'type');
      return;
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
      command.notModelled(`route option ${word}`);
      return;
    default:
      readDestination(command, args, word);
  }
}

/** `[to] [TYPE] PREFIX`. */
function readDestination(command: IpCommand, args: RouteArguments, word: string): void {
  let text = word === 'to' ? command.value() : word;
  const type = /^\d/.test(text) ? null : ROUTE_TYPES.parse(text);
  if (type !== null) {
    args.type = type;
    text = command.value();
  }
  if (args.destinationGiven) {
    throw new IpError(`Error: either "to" is duplicate, or "${text}" is a garbage.`, EXIT_USAGE);
  }
  if (text.includes(':')) command.notModelled('IPv6 routes');
  const prefix = parsePrefix(text);
  args.destination = prefix.address;
  args.prefixLength = prefix.length;
  args.destinationGiven = true;
}

export function parseTable(command: IpCommand, text: string): number {
  return TABLES.parse(text) ?? command.invalidArgument(`"table" value is invalid\n`, text);
}

function parseNumberName(
  command: IpCommand,
  names: { parse(text: string): number | null },
  text: string,
  what: string,
): number {
  return names.parse(text) ?? command.invalidArgument(`"${what}" value is invalid\n`, text);
}

/** What a route has that the command line left open. */
export function routeDefaults(args: RouteArguments): {
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
