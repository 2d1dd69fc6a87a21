import type { NetDevice } from '../../core/device/net-device.ts';
import { NetlinkError } from '../../core/namespace/netlink-error.ts';
import {
  NUD_DELAY,
  NUD_FAILED,
  NUD_INCOMPLETE,
  NUD_NOARP,
  NUD_NONE,
  NUD_PERMANENT,
  NUD_PROBE,
  NUD_REACHABLE,
  NUD_STALE,
  NUD_VALID,
  type Neighbour,
} from '../../core/namespace/neighbour.ts';
import { formatIp, ipPrefixContains, type IpAddress, type IpPrefix } from '../../protocols/ip-address.ts';
import { formatMac, parseMac } from '../../protocols/mac-address.ts';
import { EXIT_USAGE, IpError, findKeyword, parseAddress, parsePrefix, type IpCommand } from './ip-command.ts';
import { changeNeighbour6, deleteNeighbour6, neighbours6 } from './neighbour6.ts';
import { parseAddress6, parsePrefix6 } from './prefix6.ts';

const COMMANDS = ['add', 'change', 'chg', 'replace', 'delete', 'get', 'show', 'lst', 'list', 'flush'];

const STATES: readonly (readonly [number, string])[] = [
  [NUD_INCOMPLETE, 'INCOMPLETE'],
  [NUD_REACHABLE, 'REACHABLE'],
  [NUD_STALE, 'STALE'],
  [NUD_DELAY, 'DELAY'],
  [NUD_PROBE, 'PROBE'],
  [NUD_FAILED, 'FAILED'],
  [NUD_NOARP, 'NOARP'],
  [NUD_PERMANENT, 'PERMANENT'],
];

/** `ip neighbour`. Not modelled: proxy entries. */
export function neighbour(command: IpCommand): number {
  const word = command.take() ?? 'show';
  switch (findKeyword(word, COMMANDS)) {
    case 'add':
      return changeNeighbour(command, { create: true, replace: false });
    case 'change':
    case 'chg':
      return changeNeighbour(command, { create: false, replace: true });
    case 'replace':
      return changeNeighbour(command, { create: true, replace: true });
    case 'delete':
      return deleteNeighbour(command);
    case 'flush':
      return flushNeighbours(command);
    case 'show':
    case 'lst':
    case 'list':
      return showNeighbours(command);
    case 'get':
      return getNeighbour(command);
    default:
      return command.unknownCommand('neigh', word);
  }
}

interface NeighbourFilter {
  dev: NetDevice | null;
  to: IpPrefix | null;
  states: number;
}

/** Entries that need no resolving are not listed unless asked for. */
const DEFAULT_STATES = 0xff & ~NUD_NOARP;

function readFilter(command: IpCommand, states: number): NeighbourFilter {
  const filter: NeighbourFilter = { dev: null, to: null, states };
  let statesGiven = false;
  for (let word = command.take(); word !== undefined; word = command.take()) {
    if (word === 'dev') filter.dev = command.device(command.value());
    else if (word === 'nud') {
      const state = parseState(command, command.value());
      filter.states = (statesGiven ? filter.states : 0) | state;
      statesGiven = true;
    } else if (word === 'proxy') command.notModelled('proxy neighbours');
    else if (word !== 'unused') filter.to = parseAnyPrefix(word === 'to' ? command.value() : word);
  }
  return filter;
}

function parseState(command: IpCommand, text: string): number {
  if (text === 'all') return 0xff;
  if (text === 'none') return NUD_NONE;
  const found = STATES.find(([, name]) => name === text.toUpperCase());
  return found?.[0] ?? command.invalidArgument('nud state is bad', text);
}

function* selectNeighbours(command: IpCommand, filter: NeighbourFilter): Generator<Neighbour> {
  const { family } = command.options;
  const passes = (entry: Neighbour): boolean =>
    (entry.state & filter.states) !== 0 && (filter.to === null || ipPrefixContains(filter.to, entry.address));
  const devices = command.netns.devices.filter((dev) => filter.dev === null || filter.dev === dev);
  if (family !== 6) for (const dev of devices) yield* [...dev.arpTable.values()].filter(passes);
  if (family !== 4) for (const dev of devices) yield* neighbours6(dev).filter(passes);
}

function showNeighbours(command: IpCommand): number {
  const filter = readFilter(command, DEFAULT_STATES);
  for (const entry of selectNeighbours(command, filter)) {
    const dev = filter.dev === null ? `dev ${entry.dev.name} ` : '';
    command.print(neighbourText(command, entry, dev));
  }
  return 0;
}

function neighbourText(command: IpCommand, entry: Neighbour, dev: string): string {
  const lladdr = (entry.state & NUD_VALID) === 0 ? '' : `lladdr ${formatMac(entry.lladdr)} `;
  const statistics = command.options.statistics ? usageText(command, entry) : '';
  const state = STATES.filter(([bit]) => (entry.state & bit) !== 0).map(([, name]) => name);
  const router = entry.isRouter ? 'router ' : '';
  return `${formatIp(entry.address)} ${dev}${lladdr}${router}${statistics}${state.join(',')} \n`;
}

/** `ip neigh get ADDRESS dev DEVICE`. */
function getNeighbour(command: IpCommand): number {
  const { dev, address } = readRequest(command);
  const entry = typeof address === 'number' ? dev.arpTable.get(address) : dev.ipv6?.neighbours.get(address);
  if (entry === undefined) throw new NetlinkError('No such file or directory');
  command.print(neighbourText(command, entry, `dev ${dev.name} `));
  return 0;
}

function parseAnyPrefix(text: string): IpPrefix {
  return text.includes(':') ? parsePrefix6(text) : parsePrefix(text);
}

function usageText(command: IpCommand, entry: Neighbour): string {
  const since = (ns: number) => Math.floor((command.proc.nowNs - ns) / 1e9);
  return ` used ${since(entry.usedNs)}/${since(entry.confirmedNs)}/${since(entry.updatedNs)} probes ${entry.probes} `;
}

interface NeighbourRequest {
  dev: NetDevice;
  address: IpAddress;
  router: boolean;
  lladdr: Uint8Array | null;
  state: number;
}

function readRequest(command: IpCommand): NeighbourRequest {
  let dev: NetDevice | null = null;
  let address: IpAddress | null = null;
  let router = false;
  let lladdr: Uint8Array | null = null;
  let state = NUD_PERMANENT;
  for (let word = command.take(); word !== undefined; word = command.take()) {
    if (word === 'lladdr') lladdr = readMac(command.value());
    else if (word === 'nud') state = parseState(command, command.value());
    else if (word === 'dev') dev = command.device(command.value());
    else if (word === 'proxy') command.notModelled('proxy neighbours');
    else if (word === 'router') router = true;
    else if (word.includes(':')) address = parseAddress6(word);
    else address = parseAddress(word === 'to' ? command.value() : word);
  }
  if (dev === null || address === null)
    throw new IpError('Device and destination are required arguments.', EXIT_USAGE);
  return { dev, address, lladdr, state, router };
}

function readMac(text: string): Uint8Array {
  try {
    return parseMac(text);
  } catch {
    throw new IpError(`"${text}" is invalid lladdr.`, EXIT_USAGE);
  }
}

/** neigh_add. */
function changeNeighbour(command: IpCommand, change: { create: boolean; replace: boolean }): number {
  const request = readRequest(command);
  const { dev, address, lladdr, state } = request;
  if (typeof address !== 'number') return changeNeighbour6(command, { ...request, address }, change);
  command.requireAdmin();
  const known = dev.arpTable.get(address);
  if (known !== undefined && !change.replace) throw new NetlinkError('File exists');
  if (known === undefined && !change.create) throw new NetlinkError('No such file or directory');
  if (lladdr === null && (state & NUD_VALID) !== 0 && known === undefined)
    throw new NetlinkError('Invalid argument');
  command.netns.ipv4.arp.neighbour(dev, address).update(lladdr, 0, state, true);
  return 0;
}

function deleteNeighbour(command: IpCommand): number {
  const request = readRequest(command);
  const { dev, address } = request;
  if (typeof address !== 'number') return deleteNeighbour6(command, { ...request, address });
  command.requireAdmin();
  if (!dev.arpTable.has(address)) throw new NetlinkError('No such file or directory');
  command.netns.ipv4.arp.flush(dev, (entry) => entry.address === address);
  return 0;
}

function flushNeighbours(command: IpCommand): number {
  if (command.peek() === undefined) throw new IpError('Flush requires arguments.', EXIT_USAGE);
  const all = command.peek() === 'all';
  if (all) command.take();
  const filter = readFilter(command, 0xff & ~(NUD_NOARP | NUD_PERMANENT));
  command.requireAdmin();
  const chosen = new Set(selectNeighbours(command, filter));
  for (const dev of command.netns.devices) {
    command.netns.ipv4.arp.flush(dev, (entry) => chosen.has(entry));
    if (dev.ipv6 !== null) command.netns.ipv6?.ndisc.flush(dev, (entry) => chosen.has(entry));
  }
  return 0;
}
