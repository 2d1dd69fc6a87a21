import { Bridge } from '../../core/device/bridge/bridge.ts';
import { FdbEntry } from '../../core/device/bridge/fdb-table.ts';
import { IFF_LOOPBACK, type NetDevice } from '../../core/device/net-device.ts';
import { VxlanRemote, type VxlanFdbEntry } from '../../core/device/vxlan/vxlan-fdb.ts';
import { Vxlan } from '../../core/device/vxlan/vxlan.ts';
import { NetlinkError } from '../../core/namespace/netlink-error.ts';
import { NUD_NOARP, NUD_PERMANENT, NUD_REACHABLE } from '../../core/namespace/neighbour.ts';
import { formatIpv4 } from '../../protocols/ipv4-address.ts';
import { formatMac, macFromKey, macHigh16, macLow32, parseMac } from '../../protocols/mac-address.ts';
import {
  EXIT_LOCAL,
  EXIT_USAGE,
  IpError,
  findKeyword,
  parseAddress,
  type IpCommand,
} from '../ip/ip-command.ts';

const COMMANDS = ['add', 'append', 'replace', 'delete', 'get', 'show', 'lst', 'list', 'flush'];

/**
 * `bridge fdb`. Not modelled: get, flush, entries for VLANs, a device's own unicast list. The kernel lists a
 * bridge's entries by age; here what was learned comes first, by MAC, then the port's own.
 */
export function fdb(command: IpCommand): number {
  const word = command.take() ?? 'show';
  const keyword = findKeyword(word, COMMANDS);
  switch (keyword) {
    case 'show':
    case 'lst':
    case 'list':
      return showEntries(command);
    case 'add':
    case 'append':
    case 'replace':
      return changeEntry(command, keyword);
    case 'delete':
      return deleteEntry(command);
    case undefined:
      return command.unknownCommand('fdb', word);
    default:
      return command.notModelled(`bridge fdb ${keyword}`);
  }
}

interface FdbFilter {
  /** Only this device, whose name is then not printed. */
  dev: NetDevice | null;
  /** Only this bridge and its ports. */
  bridge: NetDevice | null;
  dynamic: boolean;
}

function showEntries(command: IpCommand): number {
  const filter: FdbFilter = { dev: null, bridge: null, dynamic: false };
  for (let word = command.take(); word !== undefined; word = command.take()) {
    if (word === 'br') filter.bridge = command.device(command.value());
    else if (word === 'dev' || word === 'brport') filter.dev = command.device(command.value());
    else if (word === 'dynamic') filter.dynamic = true;
    else if (word === 'state' || word === 'vlan') command.notModelled(`bridge fdb show ${word}`);
    else filter.dev = command.device(word);
  }
  const devices = [...command.netns.devices].sort((a, b) => a.ifindex - b.ifindex);
  for (const dev of devices) {
    if (filter.dev !== null && dev !== filter.dev) continue;
    if (filter.bridge !== null && dev !== filter.bridge && dev.master !== filter.bridge) continue;
    const name = filter.dev === null ? ` dev ${dev.name}` : '';
    for (const { mac, rest, learned } of entriesOf(command, dev)) {
      if (!filter.dynamic || learned) command.print(`${formatMac(mac)}${name}${rest}\n`);
    }
  }
  return 0;
}

interface ListedEntry {
  mac: Uint8Array;
  /** What stands after the device's name. */
  rest: string;
  learned: boolean;
}

/** All a device lists, in the kernel's order: its master's entries for it, then its own. */
function entriesOf(command: IpCommand, dev: NetDevice): ListedEntry[] {
  if (dev instanceof Bridge) return [...ownGroups(dev), ...bridgeEntries(command, dev, dev)];
  const fromMaster = dev.master instanceof Bridge ? bridgeEntries(command, dev.master, dev) : [];
  if (dev instanceof Vxlan) return [...fromMaster, ...vxlanEntries(command, dev)];
  return [...fromMaster, ...ownGroups(dev)];
}

/** Only of Ethernet devices (ndo_dflt_fdb_dump): not of the loopback device. */
function ownGroups(dev: NetDevice): ListedEntry[] {
  if ((dev.flags & IFF_LOOPBACK) !== 0) return [];
  return dev.groups.addresses().map((mac) => ({ mac, rest: ' self permanent', learned: false }));
}

function bridgeEntries(command: IpCommand, bridge: Bridge, dev: NetDevice): ListedEntry[] {
  const port = dev === bridge ? null : (bridge.portOf(dev) ?? null);
  const entries = bridge.fdb.list().filter((entry) => entry.port === port && !isAged(command, bridge, entry));
  const ordered = [...entries.filter(({ isLocal }) => !isLocal), ...entries.filter(({ isLocal }) => isLocal)];
  return ordered.flatMap((entry) => {
    const mac = macFromKey(entry.macHigh * 0x1_0000_0000 + entry.macLow);
    const state = entry.isLocal ? 'permanent' : entry.isStatic ? 'static' : '';
    const line = { mac, rest: ` master ${bridge.name} ${state}`, learned: state === '' };
    if (!entry.isLocal || bridge.vlanDefaultPvid === 0) return [line];
    return [{ ...line, rest: ` vlan ${bridge.vlanDefaultPvid}${line.rest}` }, line];
  });
}

function isAged(command: IpCommand, bridge: Bridge, entry: FdbEntry): boolean {
  return !entry.isLocal && !entry.isStatic && entry.updatedNs + bridge.ageingTimeNs <= command.proc.nowNs;
}

function vxlanEntries(command: IpCommand, dev: Vxlan): ListedEntry[] {
  return dev.fdb
    .list(command.proc.nowNs)
    .flatMap((entry) => entry.remotes.map((remote) => vxlanEntry(dev, entry, remote)));
}

function vxlanEntry(dev: Vxlan, entry: VxlanFdbEntry, remote: VxlanRemote): ListedEntry {
  const fields = [` dst ${formatIpv4(remote.address)}`];
  if (remote.port !== 0 && remote.port !== dev.config.port) fields.push(`port ${remote.port}`);
  if (remote.vni >= 0 && remote.vni !== dev.config.vni) fields.push(`vni ${remote.vni}`);
  if (remote.lower !== '') fields.push(`via ${remote.lower}`);
  const under = dev.linkNetns ?? dev.netns;
  if (under !== dev.netns) fields.push(`link-netnsid ${dev.netns.peerIds.idOf(under)}`);
  const state = entry.state === NUD_PERMANENT ? 'permanent' : entry.state === NUD_NOARP ? 'static' : '';
  return { mac: entry.mac, rest: `${fields.join(' ')} self ${state}`, learned: !entry.isStatic };
}

interface FdbRequest {
  mac: Uint8Array;
  dev: NetDevice;
  self: boolean;
  master: boolean;
  state: number;
  remote: VxlanRemote | null;
}

function readRequest(command: IpCommand): FdbRequest {
  let mac: Uint8Array | null = null;
  let dev: NetDevice | null = null;
  let self = false;
  let master = false;
  let state = 0;
  let destination: number | null = null;
  let port = 0;
  let vni = -1;
  let lower = '';
  for (let word = command.take(); word !== undefined; word = command.take()) {
    if (word === 'dev') dev = command.device(command.value());
    else if (word === 'dst') destination = parseAddress(command.value());
    else if (word === 'port') port = command.unsignedNumber(command.value(), 'port', 65535);
    else if (word === 'vni') vni = command.unsignedNumber(command.value(), 'vni', 0xffffff);
    else if (word === 'via') lower = command.device(command.value()).name;
    else if (word === 'self') self = true;
    else if (word === 'master') master = true;
    else if (word === 'local' || word === 'permanent') state = NUD_PERMANENT;
    else if (word === 'static' || word === 'temp') state = NUD_NOARP | (word === 'temp' ? NUD_REACHABLE : 0);
    else if (word === 'dynamic') state = NUD_REACHABLE;
    else if (['vlan', 'use', 'router', 'extern_learn', 'sticky', 'src_vni', 'nhid'].includes(word)) {
      command.notModelled(`bridge fdb with ${word}`);
    } else mac = readMac(word === 'to' ? command.value() : word);
  }
  if (dev === null || mac === null)
    throw new IpError('Device and address are required arguments.', EXIT_USAGE);
  return {
    mac,
    dev,
    self: self || !master,
    master,
    state: state === 0 ? NUD_PERMANENT : state,
    remote: destination === null ? null : new VxlanRemote(destination, port, vni, lower),
  };
}

function readMac(text: string): Uint8Array {
  try {
    return parseMac(text);
  } catch {
    throw new IpError(`Invalid mac address ${text}`, EXIT_LOCAL);
  }
}

function changeEntry(command: IpCommand, how: 'add' | 'append' | 'replace'): number {
  const request = readRequest(command);
  command.requireAdmin();
  if (request.master) addToBridge(command, request, how === 'replace');
  if (request.self) addToDevice(command, request, how);
  return 0;
}

/** br_fdb_add. */
function addToBridge(command: IpCommand, request: FdbRequest, replace: boolean): void {
  const { bridge, port } = placeOf(request);
  const known = bridge.fdb.find(macHigh16(request.mac, 0), macLow32(request.mac, 0));
  if (known !== null && !replace) throw new NetlinkError('File exists');
  if (known !== null) bridge.fdb.remove(known);
  const local = request.state === NUD_PERMANENT;
  const isStatic = local || (request.state & NUD_NOARP) !== 0;
  const [high, low] = [macHigh16(request.mac, 0), macLow32(request.mac, 0)];
  bridge.fdb.insert(new FdbEntry(high, low, port, local, isStatic, command.proc.nowNs));
}

function placeOf({ dev }: FdbRequest): { bridge: Bridge; port: FdbEntry['port'] } {
  if (dev instanceof Bridge) return { bridge: dev, port: null };
  if (dev.master instanceof Bridge) return { bridge: dev.master, port: dev.master.portOf(dev)! };
  throw new NetlinkError('Operation not supported');
}

function addToDevice(command: IpCommand, request: FdbRequest, how: 'add' | 'append' | 'replace'): void {
  const { dev, remote } = request;
  if (dev instanceof Bridge) {
    addToBridge(command, request, how === 'replace');
    return;
  }
  if (!(dev instanceof Vxlan)) command.notModelled("a device's own unicast list");
  if (remote === null) throw new NetlinkError('Invalid argument');
  try {
    dev.changeFdb(how, request.mac, remote, request.state);
  } catch (error) {
    throw new NetlinkError((error as Error).message);
  }
}

function deleteEntry(command: IpCommand): number {
  const request = readRequest(command);
  command.requireAdmin();
  const { dev, mac } = request;
  if (request.master || dev instanceof Bridge) {
    const { bridge, port } = placeOf(request);
    const known = bridge.fdb.find(macHigh16(mac, 0), macLow32(mac, 0));
    if (known === null || known.port !== port) throw new NetlinkError('No such file or directory');
    bridge.fdb.remove(known);
    return 0;
  }
  if (!(dev instanceof Vxlan)) return command.notModelled("a device's own unicast list");
  if (!dev.removeFdb(mac, request.remote)) throw new NetlinkError('No such file or directory');
  return 0;
}
