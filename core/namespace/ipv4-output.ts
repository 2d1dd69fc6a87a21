import {
  IPV4,
  IPV4_FLAG,
  IPV4_HEADER_LENGTH,
  ipv4Destination,
  setIpv4Checksum,
  writeIpv4Header,
} from '../../protocols/ipv4.ts';
import { put16 } from '../../protocols/bytes.ts';
import { ETHERTYPE } from '../../protocols/ethernet.ts';
import type { NetDevice } from '../device/net-device.ts';
import { Stage } from '../host/cost-meter.ts';
import { NF_ACCEPT, NF_DROP, NF_INET_LOCAL_OUT, NF_INET_POST_ROUTING } from '../netfilter/hook.ts';
import { DropReason } from '../packet/drop-reason.ts';
import { gsoFitsMtu, gsoSegment, gsoSegments } from '../packet/gso.ts';
import type { Packet } from '../packet/packet.ts';
import { EHOSTUNREACH, EINVAL, EPERM } from '../socket/errno.ts';
import { ipFragment } from './ipv4-fragment.ts';
import { isMulticastAddress } from './ipv4-address-class.ts';
import {
  RTN_BROADCAST,
  RTN_LOCAL,
  RTN_UNICAST,
  RTN_BLACKHOLE,
  RTN_PROHIBIT,
  type Ipv4Route,
} from './ipv4-route.ts';
import type { NetNamespace } from './net-namespace.ts';
import { NUD_CONNECTED } from './neighbour.ts';

/** The device a route leads out of: what is for this machine leaves through loopback. */
export function outputDevice(netns: NetNamespace, route: Ipv4Route): NetDevice {
  return route.type === RTN_LOCAL ? netns.loopback : route.dev!;
}

/** The error a route that does not deliver gives a local sender, or 0. */
export function routeError(route: Ipv4Route): number {
  if (route.type === RTN_UNICAST || route.type === RTN_LOCAL || route.type === RTN_BROADCAST) return 0;
  if (route.type === RTN_BLACKHOLE) return EINVAL;
  return route.type === RTN_PROHIBIT ? 13 : EHOSTUNREACH;
}

/**
 * Writes the IPv4 header in front of `packet.head` (which stands at the transport header) and sends the packet
 * (ip_queue_xmit and ip_push_pending_frames). Returns 0 or a positive error number; the packet is gone either way.
 */
export function ipSend(
  netns: NetNamespace,
  packet: Packet,
  route: Ipv4Route,
  source: number,
  destination: number,
  protocol: number,
  ttl: number,
  tos: number,
  id: number,
  dontFragment: boolean,
): number {
  const head = packet.head - IPV4_HEADER_LENGTH;
  packet.transportOffset = packet.head;
  packet.head = head;
  packet.networkOffset = head;
  packet.protocol = ETHERTYPE.IPV4;
  packet.route = route;
  const flags = dontFragment ? IPV4_FLAG.DF : 0;
  writeIpv4Header(packet.buf, head, tos, packet.tail - head, id, flags, ttl, protocol, source, destination);
  return ipLocalOut(netns, packet);
}

/** ip_local_out: xfrm policy, the OUTPUT hook, then ipOutput. Returns 0 or a positive error number. */
export function ipLocalOut(netns: NetNamespace, packet: Packet): number {
  if (netns.xfrm !== null && packet.xfrm === null && !packet.xfrmTransformed) {
    const error = netns.xfrm.lookupOutput(packet);
    // A negative number: the packet is gone, and its sender is not to know (a blackhole route).
    if (error !== 0) return Math.max(0, error);
  }
  const { tracer } = netns.host.env;
  if (tracer !== null) tracer.step(netns, packet, { kind: 'output' });
  const verdict = netns.hooks4.run(NF_INET_LOCAL_OUT, packet, null, outputDevice(netns, packet.route!));
  if (verdict !== NF_ACCEPT) {
    if (verdict !== NF_DROP) return 0;
    netns.host.dropPacket(packet, DropReason.NETFILTER_DROP, null);
    return EPERM;
  }
  ipOutput(netns, packet);
  return 0;
}

/** ip_output: POSTROUTING, then the transforms of xfrm or the way out. */
export function ipOutput(netns: NetNamespace, packet: Packet): void {
  const route = packet.route!;
  const dev = outputDevice(netns, route);
  packet.dev = dev;
  packet.protocol = ETHERTYPE.IPV4;
  if (route.type === RTN_BROADCAST && route.dev !== null) loopBack(netns, packet, route);
  const verdict = netns.hooks4.run(NF_INET_POST_ROUTING, packet, null, dev);
  if (verdict !== NF_ACCEPT) {
    if (verdict === NF_DROP) netns.host.dropPacket(packet, DropReason.NETFILTER_DROP, dev);
    return;
  }
  if (packet.xfrm !== null) {
    netns.xfrm!.output(packet);
    return;
  }
  ipFinishOutput(netns, packet);
}

/** ip_finish_output: fragments what is longer than the MTU. */
export function ipFinishOutput(netns: NetNamespace, packet: Packet): void {
  const route = packet.route!;
  const mtu = netns.ipv4.pathMtu.mtu(route, ipv4Destination(packet.buf, packet.networkOffset));
  const length = packet.tail - packet.networkOffset;
  if (packet.gsoSize !== 0) {
    if (gsoFitsMtu(packet, mtu)) ipFinishOutput2(netns, packet);
    else fragmentSegments(netns, packet, mtu);
    return;
  }
  if (length > mtu || packet.fragMaxSize !== 0) {
    ipFragment(netns, packet, mtu, ipFinishOutput2);
    return;
  }
  ipFinishOutput2(netns, packet);
}

/** The slow path of ip_finish_output_gso: segments that are too long themselves, as after the MTU went down. */
function fragmentSegments(netns: NetNamespace, packet: Packet, mtu: number): void {
  const { host } = netns;
  const network = packet.networkOffset;
  const segments = gsoSegments(packet, network);
  const { tracer } = host.env;
  if (tracer !== null) tracer.step(netns, packet, { kind: 'segmented', segments });
  for (let i = 0; i < segments; i++)
    ipFragment(netns, gsoSegment(host.pool, packet, network, i), mtu, ipFinishOutput2);
  host.consumePacket(packet);
}

/** ip_finish_output2: hands the packet to its next hop's neighbour entry. */
export function ipFinishOutput2(netns: NetNamespace, packet: Packet): void {
  const route = packet.route!;
  const dev = packet.dev!;
  if (netns.host.cost !== null) netns.host.cost.charge(Stage.route, packet.tail - packet.networkOffset);
  if (dev.hardHeaderLength === 0) {
    dev.transmit(packet);
    return;
  }
  const nextHop = route.gateway !== 0 ? route.gateway : ipv4Destination(packet.buf, packet.networkOffset);
  const neighbour = dev.arpTable.get(nextHop) ?? netns.ipv4.arp.neighbour(dev, nextHop);
  neighbour.send(packet);
}

/** Whether the route's next hop is resolved, for br_netfilter's shortcut. */
export function isNextHopConnected(netns: NetNamespace, packet: Packet): boolean {
  const route = packet.route!;
  const dev = outputDevice(netns, route);
  const nextHop = route.gateway !== 0 ? route.gateway : ipv4Destination(packet.buf, packet.networkOffset);
  return (netns.ipv4.arp.neighbour(dev, nextHop).state & NUD_CONNECTED) !== 0;
}

/** Broadcasts (and multicasts somebody here listens to) are seen by this machine too (ip_mc_output). */
function loopBack(netns: NetNamespace, packet: Packet, route: Ipv4Route): void {
  const destination = ipv4Destination(packet.buf, packet.networkOffset);
  if (isMulticastAddress(destination) && !netns.sockets.udp.hasMember(destination)) return;
  const dev = route.dev!;
  if (!dev.isUp) return;
  const copy = netns.host.pool.clone(packet);
  const at = copy.networkOffset - 14;
  copy.buf.fill(0, at, at + 12);
  put16(copy.buf, at + 12, ETHERTYPE.IPV4);
  copy.head = at;
  netns.host.netifRx(netns.loopback, copy);
}

/** Recomputes total length and checksum after the packet's length changed. */
export function updateIpv4Length(packet: Packet): void {
  put16(packet.buf, packet.networkOffset + IPV4.TOTAL_LENGTH, packet.tail - packet.networkOffset);
  setIpv4Checksum(packet.buf, packet.networkOffset);
}
