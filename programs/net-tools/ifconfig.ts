import {
  IFF_ALLMULTI,
  IFF_BROADCAST,
  IFF_LOOPBACK,
  IFF_MULTICAST,
  IFF_NOARP,
  IFF_POINTOPOINT,
  IFF_UP,
  type NetDevice,
} from '../../core/device/net-device.ts';
import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { formatIpv4, isIpv4Text, maskLength, parseIpv4, prefixMask } from '../../protocols/ipv4-address.ts';
import { formatMac, parseMac } from '../../protocols/mac-address.ts';
import { toolName } from '../arguments.ts';

const IFF_RUNNING = 0x40;

const FLAG_NAMES: readonly (readonly [number, string])[] = [
  [IFF_UP, 'UP'],
  [IFF_BROADCAST, 'BROADCAST'],
  [IFF_LOOPBACK, 'LOOPBACK'],
  [IFF_POINTOPOINT, 'POINTOPOINT'],
  [IFF_RUNNING, 'RUNNING'],
  [IFF_NOARP, 'NOARP'],
  [0x100, 'PROMISC'],
  [IFF_ALLMULTI, 'ALLMULTI'],
  [IFF_MULTICAST, 'MULTICAST'],
];

/** What ifconfig finds wrong; printed as it stands. */
class IfconfigError extends Error {}

/** ifconfig of net-tools and of busybox. Not modelled: aliases, IPv6 addresses, tunnels, hardware settings. */
export function* ifconfig(proc: Process): ProgramRun {
  const words = proc.argv.slice(1);
  const all = words[0] === '-a';
  if (all) words.shift();
  const name = words.shift();
  const print = proc.context.userland === 'busybox' ? busyboxText : netToolsText;
  if (name === undefined) {
    const devices = [...proc.netns.devices].sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const dev of devices) if (all || dev.isUp) proc.print(print(dev));
    return 0;
  }
  const dev = proc.netns.device(name);
  if (dev === undefined) {
    proc.printError(
      proc.context.userland === 'busybox'
        ? `${toolName(proc)}: ${name}: error fetching interface information: Device not found\n`
        : `${name}: error fetching interface information: Device not found\n`,
    );
    return 1;
  }
  if (words.length === 0) {
    proc.print(print(dev));
    return 0;
  }
  try {
    if (proc.context.netAdmin === false) throw new IfconfigError('SIOCSIFFLAGS: Operation not permitted');
    configure(dev, words);
    return 0;
  } catch (error) {
    if (!(error instanceof IfconfigError)) throw error;
    proc.printError(`${error.message}\n`);
    return 1;
  }
}

function flagsOf(dev: NetDevice): number {
  const running = dev.isUp && dev.carrier ? IFF_RUNNING : 0;
  return (dev.flags & ~0x100) | running | (dev.promiscByHand ? 0x100 : 0);
}

function flagNames(dev: NetDevice): string[] {
  const flags = flagsOf(dev);
  return FLAG_NAMES.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
}

/** `(1.0 KiB)`. */
function sizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}

function netToolsText(dev: NetDevice): string {
  const { stats } = dev;
  const lines = [`${dev.name}: flags=${flagsOf(dev)}<${flagNames(dev).join(',')}>  mtu ${dev.mtu}`];
  const address = dev.ipv4.addresses[0];
  if (address !== undefined) {
    const broadcast = address.broadcast === 0 ? '0.0.0.0' : formatIpv4(address.broadcast);
    const tail = (dev.flags & IFF_BROADCAST) === 0 ? '' : `  broadcast ${broadcast}`;
    lines.push(
      `inet ${formatIpv4(address.local)}  netmask ${formatIpv4(prefixMask(address.prefixLength))}${tail}`,
    );
  }
  if ((dev.flags & IFF_LOOPBACK) !== 0) lines.push(`loop  txqueuelen ${dev.txQueueLen}  (Local Loopback)`);
  else lines.push(`ether ${formatMac(dev.mac)}  txqueuelen ${dev.txQueueLen}  (Ethernet)`);
  lines.push(
    `RX packets ${stats.rxPackets}  bytes ${stats.rxBytes} (${sizeText(stats.rxBytes)})`,
    `RX errors 0  dropped ${stats.rxDropped}  overruns 0  frame 0`,
    `TX packets ${stats.txPackets}  bytes ${stats.txBytes} (${sizeText(stats.txBytes)})`,
    `TX errors 0  dropped ${stats.txDropped} overruns 0  carrier 0  collisions 0`,
  );
  return `${lines.join('\n        ')}\n\n`;
}

function busyboxText(dev: NetDevice): string {
  const { stats } = dev;
  const loopback = (dev.flags & IFF_LOOPBACK) !== 0;
  const link = loopback
    ? 'Link encap:Local Loopback  '
    : `Link encap:Ethernet  HWaddr ${formatMac(dev.mac).toUpperCase()}  `;
  const lines = [`${dev.name.padEnd(9)} ${link}`];
  const address = dev.ipv4.addresses[0];
  if (address !== undefined) {
    const broadcast = loopback ? '' : `Bcast:${formatIpv4(address.broadcast)}  `;
    lines.push(
      `inet addr:${formatIpv4(address.local)}  ${broadcast}Mask:${formatIpv4(prefixMask(address.prefixLength))}`,
    );
  }
  lines.push(
    `${flagNames(dev).join(' ')}  MTU:${dev.mtu}  Metric:1`,
    `RX packets:${stats.rxPackets} errors:0 dropped:${stats.rxDropped} overruns:0 frame:0`,
    `TX packets:${stats.txPackets} errors:0 dropped:${stats.txDropped} overruns:0 carrier:0`,
    `collisions:0 txqueuelen:${dev.txQueueLen} `,
    `RX bytes:${stats.rxBytes} (${sizeText(stats.rxBytes)})  TX bytes:${stats.txBytes} (${sizeText(stats.txBytes)})`,
  );
  return `${lines.join('\n          ')}\n\n`;
}

/** `ifconfig DEV [ADDRESS[/LENGTH]] [netmask M] [broadcast B] [up|down] [mtu N] [hw ether MAC] …`. */
function configure(dev: NetDevice, words: string[]): void {
  let address: number | null = null;
  let length: number | null = null;
  let broadcast: number | null = null;
  let up: boolean | null = null;
  const value = (): string => {
    const word = words.shift();
    if (word === undefined) throw new IfconfigError('ifconfig: missing argument');
    return word;
  };
  while (words.length > 0) {
    const word = words.shift()!;
    if (word === 'up' || word === 'down') up = word === 'up';
    else if (word === 'netmask') length = maskLength(readAddress(value()));
    else if (word === 'broadcast') broadcast = readAddress(value());
    else if (word === 'mtu') dev.mtu = readMtu(dev, value());
    else if (word === 'txqueuelen') dev.txQueueLen = Number(value());
    else if (word === 'hw') {
      value();
      dev.setMac(parseMac(value()));
    } else if (word === 'promisc' || word === '-promisc') setPromiscuous(dev, word === 'promisc');
    else {
      const [text = '', bits] = word.split('/');
      address = readAddress(text);
      if (bits !== undefined) length = Number(bits);
    }
  }
  if (address !== null) setAddress(dev, address, length ?? classLength(address), broadcast);
  if (up === false) dev.netns.ipv4.setDown(dev);
  else if (up === true || address !== null) dev.netns.ipv4.setUp(dev);
}

function setAddress(dev: NetDevice, address: number, length: number, broadcast: number | null): void {
  const { ipv4 } = dev.netns;
  for (const old of dev.ipv4.addresses.slice()) ipv4.removeAddress(dev, old.local, old.prefixLength);
  if (address === 0) return;
  ipv4.addAddress(dev, address, length, {
    broadcast: broadcast ?? (address | ~prefixMask(length)) >>> 0,
  });
}

/** The prefix an address had before there was CIDR. */
function classLength(address: number): number {
  if (address >>> 31 === 0) return 8;
  return address >>> 30 === 2 ? 16 : 24;
}

function readAddress(text: string): number {
  if (!isIpv4Text(text)) throw new IfconfigError(`${text}: Unknown host`);
  return parseIpv4(text);
}

function readMtu(dev: NetDevice, text: string): number {
  const mtu = Number(text);
  if (!Number.isInteger(mtu) || mtu < dev.minMtu || (dev.maxMtu > 0 && mtu > dev.maxMtu)) {
    throw new IfconfigError('SIOCSIFMTU: Invalid argument');
  }
  return mtu;
}

function setPromiscuous(dev: NetDevice, on: boolean): void {
  if (on === dev.promiscByHand) return;
  dev.promiscByHand = on;
  dev.setPromiscuity(on ? 1 : -1);
}
