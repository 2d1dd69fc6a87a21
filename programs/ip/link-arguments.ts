import type { NetDevice } from '../../core/device/net-device.ts';
import { namespaceByName } from '../../core/host/namespace-file.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { parseMac } from '../../protocols/mac-address.ts';
import { EXIT_USAGE, IpError, type IpCommand } from './ip-command.ts';

/** Words of `ip link add` and `ip link set` before the kind (iplink_parse); null where nothing was said. */
export interface LinkArguments {
  name: string | null;
  newName: string | null;
  /** The device that `link` names. */
  lower: NetDevice | null;
  up: boolean | null;
  mac: Uint8Array | null;
  mtu: number | null;
  txQueueLen: number | null;
  index: number | null;
  netns: NetNamespace | null;
  master: NetDevice | 'none' | null;
  promiscuous: boolean | null;
  arp: boolean | null;
  multicast: boolean | null;
  group: string | null;
  kind: string | null;
}

/** Longest name of a device (IFNAMSIZ less the zero byte). */
const MAX_NAME = 15;

export function isDeviceName(name: string): boolean {
  return name.length > 0 && name.length <= MAX_NAME && !/[/\s]/.test(name);
}

/** Reads words up to the end, or past `type KIND`, whose own arguments are left. */
export function readLinkArguments(command: IpCommand): LinkArguments {
  const args: LinkArguments = {
    name: null,
    newName: null,
    lower: null,
    up: null,
    mac: null,
    mtu: null,
    txQueueLen: null,
    index: null,
    netns: null,
    master: null,
    promiscuous: null,
    arp: null,
    multicast: null,
    group: null,
    kind: null,
  };
  while (args.kind === null) {
    const word = command.take();
    if (word === undefined) break;
    readWord(command, args, word);
  }
  return args;
}

function readWord(command: IpCommand, args: LinkArguments, word: string): void {
  switch (word) {
    case 'up':
    case 'down':
      args.up = word === 'up';
      return;
    case 'name':
      args.newName = deviceName(command, command.value());
      return;
    case 'index':
      args.index = command.unsignedNumber(command.value(), 'index');
      return;
    case 'link':
      args.lower = command.device(command.value());
      return;
    case 'address':
      args.mac = readMac(command.value());
      return;
    case 'txqueuelen':
    case 'qlen':
    case 'txqlen':
      args.txQueueLen = command.unsignedNumber(command.value(), 'txqueuelen');
      return;
    case 'mtu':
      args.mtu = command.unsignedNumber(command.value(), 'mtu');
      return;
    case 'netns':
      args.netns = readNamespace(command, command.value());
      return;
    case 'master':
      args.master = readMaster(command, command.value());
      return;
    case 'nomaster':
      args.master = 'none';
      return;
    case 'promisc':
      args.promiscuous = readSwitch(command, word);
      return;
    case 'arp':
      args.arp = readSwitch(command, word);
      return;
    case 'multicast':
      args.multicast = readSwitch(command, word);
      return;
    case 'group':
      args.group = command.value();
      return;
    case 'numtxqueues':
    case 'numrxqueues':
      command.notModelled(`several queues (${word})`);
      return;
    case 'type':
      args.kind = command.value();
      return;
    case 'dev':
      args.name = deviceName(command, command.value());
      return;
    default:
      if (args.name !== null)
        throw new IpError(`Error: either "dev" is duplicate, or "${word}" is a garbage.`, EXIT_USAGE);
      args.name = deviceName(command, word);
  }
}

function deviceName(command: IpCommand, name: string): string {
  return isDeviceName(name) ? name : command.invalidArgument('"name" not a valid ifname', name);
}

function readMac(text: string): Uint8Array {
  try {
    return parseMac(text);
  } catch {
    throw new IpError(`"${text}" is invalid lladdr.`, EXIT_USAGE);
  }
}

/** A name under /var/run/netns, or the number of a process. */
function readNamespace(command: IpCommand, text: string): NetNamespace {
  const { host, context } = command.proc;
  const named = namespaceByName(host, context.fileSystem, text);
  const process = /^\d+$/.test(text) ? host.processes.find(Number(text)) : undefined;
  return named ?? process?.netns ?? command.invalidArgument('Invalid "netns" value\n', text);
}

function readMaster(command: IpCommand, name: string): NetDevice {
  return command.netns.device(name) ?? command.invalidArgument('Device does not exist\n', name);
}

export function readSwitch(command: IpCommand, option: string): boolean {
  const word = command.value();
  if (word !== 'on' && word !== 'off') {
    throw new IpError(`Error: argument of "${option}" must be "on" or "off", not "${word}"`, EXIT_USAGE);
  }
  return word === 'on';
}
