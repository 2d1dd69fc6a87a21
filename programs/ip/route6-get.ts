import type { NetDevice } from '../../core/device/net-device.ts';
import { RTN_LOCAL, RTN_MULTICAST, RT_TABLE_MAIN } from '../../core/namespace/ipv4-route.ts';
import type { Ipv6Route } from '../../core/namespace/ipv6-route.ts';
import { NetlinkError } from '../../core/namespace/netlink-error.ts';
import { formatIpv6, Ipv6Address } from '../../protocols/ipv6-address.ts';
import { EXIT_LOCAL, IpError, type IpCommand } from './ip-command.ts';
import { PROTOCOLS, ROUTE_TYPES, TABLES } from './names.ts';
import { parseAddress6, parsePrefix6 } from './prefix6.ts';
import { refuseUnusable } from './route-get.ts';
import { secondsLeft } from './route6-text.ts';

/** `ip -6 route get`: what the kernel would do with a packet (inet6_rtm_getroute). */
export function getRoute6(command: IpCommand): number {
  let target: Ipv6Address | null = null;
  let from = Ipv6Address.UNSPECIFIED;
  let oif: NetDevice | null = null;
  for (let word = command.take(); word !== undefined; word = command.take()) {
    if (word === 'from') from = parsePrefix6(command.value()).address;
    else if (word === 'oif' || word === 'dev') oif = command.device(command.value());
    else if (word === 'iif' || word === 'mark' || word === 'tos') {
      command.notModelled(`ip -6 route get with ${word}`);
    } else target = parseAddress6((word === 'to' ? command.value() : word).replace(/\/128$/, ''));
  }
  if (target === null) throw new IpError('need at least a destination address', EXIT_LOCAL);
  const found = command.ipv6Stack().fib.lookup(target, oif);
  if (found === null) throw new NetlinkError('Network is unreachable');
  refuseUnusable(found.type);
  command.printRecord(describe(command, found, target, from));
  return 0;
}

function describe(command: IpCommand, found: Ipv6Route, target: Ipv6Address, from: Ipv6Address): string {
  const stack = command.ipv6Stack();
  const local = found.type === RTN_LOCAL;
  const dev = local ? command.netns.loopback : found.dev!;
  const fields: string[] = [];
  if (local || found.type === RTN_MULTICAST) fields.push(ROUTE_TYPES.text(found.type));
  fields.push(`${formatIpv6(target)} from ${formatIpv6(from)}`);
  if (found.gateway !== null) fields.push(`via ${formatIpv6(found.gateway)}`);
  fields.push(`dev ${dev.name}`);
  if (found.table !== RT_TABLE_MAIN) fields.push(`table ${TABLES.text(found.table)}`);
  if (PROTOCOLS.text(found.protocol) !== 'boot') fields.push(`proto ${PROTOCOLS.text(found.protocol)}`);
  const source = local ? target : (found.prefSrc ?? stack.selectSourceAddress(found.dev!, target));
  if (source !== null && from.isUnspecified()) fields.push(`src ${formatIpv6(source)}`);
  fields.push(`metric ${found.metric}`);
  if (found.expiresNs !== Infinity)
    fields.push(`expires ${secondsLeft(found.expiresNs, command.proc.nowNs)}sec`);
  const learned = stack.pathMtu.find(target);
  if (learned !== null) {
    const left = secondsLeft(learned.expiresNs, command.proc.nowNs);
    return `${fields.join(' ')} \n    cache expires ${left}sec mtu ${learned.mtuBytes} pref medium\n`;
  }
  if (found.mtu !== 0) fields.push(`mtu ${found.mtu}`);
  return `${fields.join(' ')} pref medium\n`;
}
