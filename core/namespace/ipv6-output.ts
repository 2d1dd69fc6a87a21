import { ETHERTYPE } from '../../protocols/ethernet.ts';
import { IPV6, IPV6_HEADER_LENGTH, writeIpv6Header } from '../../protocols/ipv6.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';
import type { NetDevice } from '../device/net-device.ts';
import { Stage } from '../host/cost-meter.ts';
import { NF_ACCEPT, NF_DROP, NF_INET_LOCAL_OUT, NF_INET_POST_ROUTING } from '../netfilter/hook.ts';
import { gsoFitsMtu, gsoSegment, gsoSegments } from '../packet/gso.ts';
import { DropReason } from '../packet/drop-reason.ts';
import { PACKET_LOOPBACK, type Packet } from '../packet/packet.ts';
import { EPERM } from '../socket/errno.ts';
import { RTN_LOCAL, RTN_UNICAST, RTPROT_KERNEL, RT_TABLE_MAIN } from './ipv4-route.ts';
import { isLoopbackDevice } from './ipv6-fib.ts';
import { ip6Fragment } from './ipv6-fragment.ts';
import type { Ipv6Route } from './ipv6-route.ts';
import type { NetNamespace } from './net-namespace.ts';
import { NUD_CONNECTED } from './neighbour.ts';

/** The device an IPv6 route leads out of: what is for this machine leaves through loopback. */
export function outputDevice6(netns: NetNamespace, route: Ipv6Route): NetDevice {
  return route.type === RTN_LOCAL ? netns.loopback : route.dev!;
}

/**
 * Writes the IPv6 header in front of `packet.head` (which stands at the next header) and sends the packet. A
 * multicast also comes back to this machine when it listens to the group, unless `loops` is false. Returns 0 or a
 * positive error number; the packet is gone either way.
 */
export function ipSend6(
  netns: NetNamespace,
  packet: Packet,
  route: Ipv6Route,
  source: Ipv6Address,
  destination: Ipv6Address,
  protocol: number,
  hopLimit: number,
  trafficClass: number,
  flowLabel: number,
  loops = true,
): number {
  const head = packet.head - IPV6_HEADER_LENGTH;
  const length = packet.tail - packet.head;
  packet.transportOffset = packet.head;
  packet.head = head;
  packet.networkOffset = head;
  packet.protocol = ETHERTYPE.IPV6;
  packet.route6 = route;
  writeIpv6Header(packet.buf, head, trafficClass, flowLabel, length, protocol, hopLimit, source, destination);
  return ip6LocalOut(netns, packet, loops);
}

/**
 * Sends a packet whose header is written (`head` stands at it) out of `dev`, whatever the tables say: neighbour
 * discovery and MLD (icmp6_dst_alloc). Such packets do not come back.
 */
export function sendPrepared6(netns: NetNamespace, packet: Packet, dev: NetDevice): void {
  packet.networkOffset = packet.head;
  packet.protocol = ETHERTYPE.IPV6;
  packet.route6 = linkRoute6(dev);
  ip6LocalOut(netns, packet, false);
}

/** ip6_local_out: the OUTPUT hook, then ip6Output. Not modelled: xfrm over IPv6. */
export function ip6LocalOut(netns: NetNamespace, packet: Packet, loops: boolean): number {
  const outDev = outputDevice6(netns, packet.route6!);
  const { tracer } = netns.host.env;
  if (tracer !== null) tracer.step(netns, packet, { kind: 'output' });
  const verdict = netns.hooks6.run(NF_INET_LOCAL_OUT, packet, null, outDev);
  if (verdict !== NF_ACCEPT) {
    if (verdict !== NF_DROP) return 0;
    netns.host.dropPacket(packet, DropReason.NETFILTER_DROP, null);
    return EPERM;
  }
  ip6Output(netns, packet, loops);
  return 0;
}

/** ip6_output: POSTROUTING, then the way out. */
export function ip6Output(netns: NetNamespace, packet: Packet, loops = false): void {
  const dev = outputDevice6(netns, packet.route6!);
  packet.dev = dev;
  packet.protocol = ETHERTYPE.IPV6;
  if (dev.ipv6 === null || dev.ipv6.disableIpv6 !== 0) {
    netns.host.dropPacket(packet, DropReason.IPV6DISABLED, dev);
    return;
  }
  if (loops && packet.buf[packet.networkOffset + IPV6.DESTINATION] === 0xff) loopBack(netns, packet, dev);
  const verdict = netns.hooks6.run(NF_INET_POST_ROUTING, packet, null, dev);
  if (verdict !== NF_ACCEPT) {
    if (verdict === NF_DROP) netns.host.dropPacket(packet, DropReason.NETFILTER_DROP, dev);
    return;
  }
  ip6FinishOutput(netns, packet);
}

/** ip6_finish_output: fragments what is longer than the MTU, or came in smaller pieces. */
export function ip6FinishOutput(netns: NetNamespace, packet: Packet): void {
  const at = packet.networkOffset;
  const mtu = netns.ipv6!.pathMtu.mtuBytes(packet.route6!, packet.buf, at + IPV6.DESTINATION);
  const length = packet.tail - at;
  if (packet.gsoSize !== 0 && !gsoFitsMtu(packet, mtu)) {
    fragmentSegments(netns, packet, mtu);
    return;
  }
  const exceeds = length > mtu && packet.gsoSize === 0;
  if (exceeds || (packet.fragMaxSize !== 0 && length > packet.fragMaxSize)) {
    ip6Fragment(netns, packet, mtu, ip6FinishOutput2);
    return;
  }
  ip6FinishOutput2(netns, packet);
}

/** ip6_finish_output_gso_slowpath_drop: segments that are too long themselves, as after the MTU went down. */
function fragmentSegments(netns: NetNamespace, packet: Packet, mtu: number): void {
  const { host } = netns;
  const network = packet.networkOffset;
  const segments = gsoSegments(packet, network);
  const { tracer } = host.env;
  if (tracer !== null) tracer.step(netns, packet, { kind: 'segmented', segments });
  for (let i = 0; i < segments; i++)
    ip6Fragment(netns, gsoSegment(host.pool, packet, network, i), mtu, ip6FinishOutput2);
  host.consumePacket(packet);
}

/** ip6_finish_output2: hands the packet to its next hop's neighbour entry. */
export function ip6FinishOutput2(netns: NetNamespace, packet: Packet): void {
  const dev = packet.dev!;
  const buf = packet.buf;
  const at = packet.networkOffset;
  if (netns.host.cost !== null) netns.host.cost.charge(Stage.route, packet.tail - at);
  if (buf[at + IPV6.DESTINATION] === 0xff) {
    const isNodeLocal = (buf[at + IPV6.DESTINATION + 1]! & 0xf) <= 1;
    if ((isNodeLocal && !isLoopbackDevice(dev)) || buf[at + IPV6.HOP_LIMIT] === 0) {
      // It went no further than this machine, which has had its copy.
      netns.host.consumePacket(packet);
      return;
    }
  }
  if (dev.hardHeaderLength === 0) {
    dev.transmit(packet);
    return;
  }
  nextHopNeighbour(netns, packet, dev).send(packet);
}

/** Whether the route's next hop is resolved, for br_netfilter's shortcut. */
export function isNextHopConnected6(netns: NetNamespace, packet: Packet): boolean {
  const dev = outputDevice6(netns, packet.route6!);
  return (nextHopNeighbour(netns, packet, dev).state & NUD_CONNECTED) !== 0;
}

/** The neighbour entry of a routed packet's next hop on `dev`, which runs IPv6. */
export function nextHopNeighbour(netns: NetNamespace, packet: Packet, dev: NetDevice) {
  const gateway = packet.route6!.gateway;
  const neighbours = dev.ipv6!.neighbours;
  const offset = packet.networkOffset + IPV6.DESTINATION;
  const known = gateway !== null ? neighbours.get(gateway) : neighbours.getBytes(packet.buf, offset);
  if (known !== undefined) return known;
  return netns.ipv6!.ndisc.neighbour(dev, gateway ?? Ipv6Address.read(packet.buf, offset));
}

/** A route straight onto a device's link. */
export function linkRoute6(dev: NetDevice): Ipv6Route {
  return {
    type: RTN_UNICAST,
    destination: Ipv6Address.UNSPECIFIED,
    prefixLength: 0,
    gateway: null,
    dev,
    prefSrc: null,
    protocol: RTPROT_KERNEL,
    table: RT_TABLE_MAIN,
    metric: 0,
    mtu: 0,
    expiresNs: Infinity,
  };
}

/** A group that this machine listens to on the way out: it gets a copy (dev_loopback_xmit). */
function loopBack(netns: NetNamespace, packet: Packet, dev: NetDevice): void {
  const listens = dev.ipv6!.multicast.hears(packet.buf, packet.networkOffset + IPV6.DESTINATION);
  if (isLoopbackDevice(dev) || !dev.isUp || !listens) return;
  const copy = netns.host.pool.clone(packet);
  copy.pktType = PACKET_LOOPBACK;
  copy.iif = dev.ifindex;
  copy.route6 = null;
  netns.ipv6!.receive(dev, copy);
}
