import { ICMPV6_EXC, ICMPV6_TYPE, ICMPV6_UNREACH } from '../../protocols/icmpv6.ts';
import { IPV6, IPV6_MIN_MTU } from '../../protocols/ipv6.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';
import type { NetDevice } from '../device/net-device.ts';
import { Stage } from '../host/cost-meter.ts';
import { NF_ACCEPT, NF_DROP, NF_INET_FORWARD } from '../netfilter/hook.ts';
import { gsoFitsMtu } from '../packet/gso.ts';
import { DropReason } from '../packet/drop-reason.ts';
import { PACKET_HOST, type Packet } from '../packet/packet.ts';
import { ip6Output } from './ipv6-output.ts';
import type { NetNamespace } from './net-namespace.ts';

/**
 * ip6_forward (net/ipv6/ip6_output.c): hop limit, source and size come before the FORWARD hook, in this order.
 * Not modelled: redirects, raw sockets that take router alerts, proxied neighbours.
 */
export function ip6Forward(netns: NetNamespace, dev: NetDevice, packet: Packet): void {
  const host = netns.host;
  const { icmp, confAll, pathMtu } = netns.ipv6!;
  const buf = packet.buf;
  const at = packet.networkOffset;
  const route = packet.route6!;
  if (confAll.forwarding === 0) {
    host.dropPacket(packet, DropReason.IP_FORWARDING_OFF, dev);
    return;
  }
  if (packet.pktType !== PACKET_HOST) {
    host.dropPacket(packet, DropReason.UNICAST_IN_L2_MULTICAST, dev);
    return;
  }
  if (buf[at + IPV6.HOP_LIMIT]! <= 1) {
    icmp.sendError(packet, ICMPV6_TYPE.TIME_EXCEED, ICMPV6_EXC.HOPLIMIT, 0);
    host.dropPacket(packet, DropReason.TTL_EXPIRED, dev);
    return;
  }
  const outDev = route.dev!;
  if (outDev !== dev) {
    const refused = sourceError(netns, packet);
    if (refused !== 0) {
      host.dropPacket(packet, refused, dev);
      return;
    }
  }
  const mtu = Math.max(pathMtu.routeMtu(route), IPV6_MIN_MTU);
  if (isTooBig(packet, mtu)) {
    host.sizeLog.note('dropped', packet, mtu, outDev);
    icmp.sendError(packet, ICMPV6_TYPE.PKT_TOOBIG, 0, mtu);
    host.dropPacket(packet, DropReason.PKT_TOO_BIG, dev);
    return;
  }
  if (host.cost !== null) host.cost.charge(Stage.forward, packet.tail - at);
  buf[at + IPV6.HOP_LIMIT]!--;
  const verdict = netns.hooks6.run(NF_INET_FORWARD, packet, dev, outDev);
  if (verdict !== NF_ACCEPT) {
    if (verdict === NF_DROP) host.dropPacket(packet, DropReason.NETFILTER_DROP, dev);
    return;
  }
  ip6Output(netns, packet);
}

/** A source that means nothing beyond its link is not carried on. */
function sourceError(netns: NetNamespace, packet: Packet): number {
  const source = Ipv6Address.read(packet.buf, packet.networkOffset + IPV6.SOURCE);
  if (source.isUnspecified() || source.isMulticast() || source.isLoopback()) return DropReason.MARTIAN_SOURCE;
  if (!source.isLinkLocal()) return 0;
  netns.ipv6!.icmp.sendError(packet, ICMPV6_TYPE.DEST_UNREACH, ICMPV6_UNREACH.NOT_NEIGHBOUR, 0);
  return DropReason.MARTIAN_SOURCE;
}

/** ip6_pkt_too_big: what was reassembled here may leave in the pieces it came in. */
function isTooBig(packet: Packet, mtu: number): boolean {
  if (packet.tail - packet.networkOffset <= mtu) return false;
  if (packet.gsoSize !== 0 && gsoFitsMtu(packet, mtu)) return false;
  return packet.fragMaxSize === 0 || packet.fragMaxSize > mtu;
}
