import type { NetDevice } from '../../core/device/net-device.ts';
import { selectSourceAddress } from '../../core/namespace/ipv4-fib.ts';
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
import { NetlinkError } from '../../core/namespace/netlink-error.ts';
import { formatIpv4 } from '../../protocols/ipv4-address.ts';
import { EXIT_LOCAL, IpError, parseAddress, parsePrefix, type IpCommand } from './ip-command.ts';
import { ROUTE_TYPES } from './names.ts';

/** `ip route get`: what the kernel would do with a packet (inet_rtm_getroute). */
export function getRoute(command: IpCommand): number {
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
  refuseUnusable(found.type);
  command.printRecord(describe(command, found, target, from, iif));
  return 0;
}

/** The error of a route whose type never delivers, of either family. */
export function refuseUnusable(type: number): void {
  if (type === RTN_UNREACHABLE) throw new NetlinkError('No route to host');
  if (type === RTN_PROHIBIT) throw new NetlinkError('Permission denied');
  if (type === RTN_BLACKHOLE) throw new NetlinkError('Invalid argument');
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
