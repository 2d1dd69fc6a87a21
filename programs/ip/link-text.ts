import {
  IFF_ALLMULTI,
  IFF_BROADCAST,
  IFF_LOOPBACK,
  IFF_MULTICAST,
  IFF_NOARP,
  IFF_POINTOPOINT,
  type NetDevice,
} from '../../core/device/net-device.ts';
import { linkOf } from '../../core/device/link-of.ts';
import { namedNamespaces } from '../../core/host/namespace-file.ts';
import { formatMac } from '../../protocols/mac-address.ts';
import type { IpCommand } from './ip-command.ts';
import { deviceDetails } from './link-details.ts';

/** Kinds whose drivers do not report an operational state. */
const STATELESS_KINDS = new Set(['dummy', 'ipvlan', 'vxlan']);

/** `<BROADCAST,MULTICAST,UP,LOWER_UP>`: what print_link_flags makes of a device's flags. */
export function flagsText(dev: NetDevice): string {
  const names: string[] = [];
  const add = (condition: boolean, name: string) => condition && names.push(name);
  add(dev.isUp && !dev.carrier, 'NO-CARRIER');
  add((dev.flags & IFF_LOOPBACK) !== 0, 'LOOPBACK');
  add((dev.flags & IFF_BROADCAST) !== 0, 'BROADCAST');
  add((dev.flags & IFF_POINTOPOINT) !== 0, 'POINTOPOINT');
  add((dev.flags & IFF_MULTICAST) !== 0, 'MULTICAST');
  add((dev.flags & IFF_NOARP) !== 0, 'NOARP');
  add((dev.flags & IFF_ALLMULTI) !== 0, 'ALLMULTI');
  add(dev.promiscByHand, 'PROMISC');
  add(dev.isUp, 'UP');
  add(dev.isUp && dev.carrier, 'LOWER_UP');
  add(isLowerDown(dev), 'M-DOWN');
  return `<${names.join(',')}>`;
}

/** busybox takes a link that is not in this namespace for one that is down. */
function busyboxFlags(dev: NetDevice): string {
  const link = linkOf(dev);
  const text = flagsText(dev);
  return link === null || link.netns === dev.netns ? text : text.replace('>', ',M-DOWN>');
}

/** The other end is in this namespace, and down. */
function isLowerDown(dev: NetDevice): boolean {
  const link = linkOf(dev);
  if (link === null || link.netns !== dev.netns) return false;
  return dev.netns.deviceByIndex(link.ifindex)?.isUp === false;
}

/** The operational state (RFC 2863) as linkwatch finds it. */
export function operationalState(dev: NetDevice): string {
  if (!dev.isUp) return 'DOWN';
  if (!dev.carrier) {
    const link = linkOf(dev);
    return link !== null && link.ifindex !== dev.ifindex ? 'LOWERLAYERDOWN' : 'DOWN';
  }
  return (dev.flags & IFF_LOOPBACK) !== 0 || STATELESS_KINDS.has(dev.kind) ? 'UNKNOWN' : 'UP';
}

/** `eth0@if6`: a device's name with what it is linked to. */
export function nameAndLink(dev: NetDevice): string {
  const link = linkOf(dev);
  if (link === null) return dev.name;
  const lower = link.netns === dev.netns ? dev.netns.deviceByIndex(link.ifindex) : undefined;
  return `${dev.name}@${lower?.name ?? `if${link.ifindex}`}`;
}

/** `5: eth0@if6: <…> mtu 1500 qdisc noqueue … state UP … group default `, without the end of the line. */
export function linkHeader(dev: NetDevice, withMode: boolean, busybox: boolean): string {
  const master = dev.master === null ? '' : `master ${dev.master.name} `;
  const queue = dev.txQueueLen === 0 ? '' : `qlen ${dev.txQueueLen}`;
  if (busybox) {
    return `${dev.ifindex}: ${nameAndLink(dev)}: ${busyboxFlags(dev)} mtu ${dev.mtu} qdisc ${dev.qdisc} ${master}${queue}`;
  }
  return (
    `${dev.ifindex}: ${nameAndLink(dev)}: ${flagsText(dev)} mtu ${dev.mtu} qdisc ${dev.qdisc} ${master}` +
    `state ${operationalState(dev)} ${withMode ? 'mode DEFAULT ' : ''}group ${dev.group} ${queue}`
  );
}

/** `    link/ether … brd …` with the details of -d; empty without the address part. */
export function linkAddressLine(command: IpCommand, dev: NetDevice, withMode: boolean): string {
  const loopback = (dev.flags & IFF_LOOPBACK) !== 0;
  const mac = formatMac(dev.mac);
  const broadcast = loopback ? '00:00:00:00:00:00' : 'ff:ff:ff:ff:ff:ff';
  let line = `    link/${loopback ? 'loopback' : 'ether'} ${mac} brd ${broadcast}${command.options.busybox ? '' : linkNamespace(command, dev)}`;
  if (command.options.details && !command.options.busybox) line += deviceDetails(dev, withMode);
  return `${line}\n`;
}

/** ` link-netns NAME`, or ` link-netnsid N` for a namespace without a name. */
function linkNamespace(command: IpCommand, dev: NetDevice): string {
  const link = linkOf(dev);
  if (link === null || link.netns === dev.netns) return '';
  const id = dev.netns.peerIds.idOf(link.netns);
  const { host, context } = command.proc;
  const named = namedNamespaces(host, context.fileSystem).find(({ netns }) => netns === link.netns);
  return named === undefined ? ` link-netnsid ${id}` : ` link-netns ${named.name}`;
}

/** The counters of -s (print_stats64). */
export function statisticsText(dev: NetDevice): string {
  const { stats } = dev;
  return (
    statisticsBlock('RX', 'missed', 'mcast', [stats.rxBytes, stats.rxPackets, 0, stats.rxDropped, 0, 0]) +
    statisticsBlock('TX', 'carrier', 'collsns', [stats.txBytes, stats.txPackets, 0, stats.txDropped, 0, 0])
  );
}

function statisticsBlock(direction: string, fifth: string, sixth: string, values: readonly number[]): string {
  const titles = ['bytes', 'packets', 'errors', 'dropped', fifth, sixth];
  const floors = [10, 7, 6, 7, 7, 7];
  const widths = values.map((value, i) => Math.max(floors[i]!, String(value).length));
  const header = titles.map((title, i) => title.padStart(i === 0 ? widths[0]! - 4 : widths[i]!)).join(' ');
  const numbers = values.map((value, i) => `${String(value).padStart(widths[i]!)} `).join('');
  return `    ${direction}: ${header} ${' '.repeat(10)}\n    ${numbers}\n`;
}
