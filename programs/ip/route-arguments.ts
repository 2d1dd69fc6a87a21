import type { NetDevice } from '../../core/device/net-device.ts';
import { EXIT_USAGE, IpError, type IpCommand } from './ip-command.ts';
import { PROTOCOLS, ROUTE_TYPES, TABLES } from './names.ts';

/** A route as a command line describes it, what both families have; null where it says nothing. */
export interface RouteArguments<Address> {
  type: number | null;
  destination: Address;
  prefixLength: number;
  destinationGiven: boolean;
  gateway: Address | null;
  dev: NetDevice | null;
  source: Address | null;
  table: number | null;
  protocol: number | null;
  metric: number | null;
  mtu: number | null;
}

/** How one family reads the words of a route. */
export interface RouteSyntax<Address, Arguments extends RouteArguments<Address>> {
  parseAddress(text: string): Address;
  parsePrefix(text: string): { address: Address; length: number };
  /** Reads a word that the families have not in common; false for any other. */
  readOwnWord(command: IpCommand, args: Arguments, word: string): boolean;
}

/** What no word has been read of: the default route, `unspecified` being the family's zero address. */
export function noRouteArguments<Address>(unspecified: Address): RouteArguments<Address> {
  return {
    type: null,
    destination: unspecified,
    prefixLength: 0,
    destinationGiven: false,
    gateway: null,
    dev: null,
    source: null,
    table: null,
    protocol: null,
    metric: null,
    mtu: null,
  };
}

/** Words of `ip route add` and its like (iproute_modify), into `args`. */
export function readRouteArguments<Address, Arguments extends RouteArguments<Address>>(
  command: IpCommand,
  args: Arguments,
  syntax: RouteSyntax<Address, Arguments>,
): Arguments {
  for (let word = command.take(); word !== undefined; word = command.take()) {
    if (!syntax.readOwnWord(command, args, word)) readWord(command, args, syntax, word);
  }
  return args;
}

function readWord<Address, Arguments extends RouteArguments<Address>>(
  command: IpCommand,
  args: Arguments,
  syntax: RouteSyntax<Address, Arguments>,
  word: string,
): void {
  switch (word) {
    case 'dev':
    case 'oif':
      args.dev = command.device(command.value());
      return;
    case 'src':
      args.source = syntax.parseAddress(command.value());
      return;
    case 'table':
      args.table = parseTable(command, command.value());
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
    case 'type':
      args.type = parseNumberName(command, ROUTE_TYPES, command.value(), 'type');
      return;
    default:
      readDestination(command, args, syntax, word);
  }
}

/** `[to] [TYPE] PREFIX`. */
function readDestination<Address, Arguments extends RouteArguments<Address>>(
  command: IpCommand,
  args: Arguments,
  syntax: RouteSyntax<Address, Arguments>,
  word: string,
): void {
  let text = word === 'to' ? command.value() : word;
  const type = parseRouteType(text);
  if (type !== null) {
    args.type = type;
    text = command.value();
  }
  if (args.destinationGiven) {
    throw new IpError(`Error: either "to" is duplicate, or "${text}" is a garbage.`, EXIT_USAGE);
  }
  const prefix = syntax.parsePrefix(text);
  args.destination = prefix.address;
  args.prefixLength = prefix.length;
  args.destinationGiven = true;
}

/** The route type that a word before a prefix names, or null: a word that begins with a digit is the prefix. */
export function parseRouteType(text: string): number | null {
  return /^\d/.test(text) ? null : ROUTE_TYPES.parse(text);
}

/** The number of a routing table. */
export function parseTable(command: IpCommand, text: string): number {
  return parseNumberName(command, TABLES, text, 'table');
}

/** The number that a name or number means; iproute2's complaint when it is neither. */
export function parseNumberName(
  command: IpCommand,
  names: { parse(text: string): number | null },
  text: string,
  what: string,
): number {
  return names.parse(text) ?? command.invalidArgument(`"${what}" value is invalid\n`, text);
}
