import {
  IPV4,
  IPV4_HEADER_ERROR,
  PROTO,
  ipv4Destination,
  ipv4HeaderError,
  ipv4HeaderLength,
  ipv4Source,
  ipv4TotalLength,
  isIpv4Fragment,
} from '../../protocols/ipv4.ts';
import { ICMP_TYPE, ICMP_UNREACH } from '../../protocols/icmp.ts';
import type { NetDevice } from '../device/net-device.ts';
import { Stage } from '../host/cost-meter.ts';
import { NF_ACCEPT, NF_DROP, NF_INET_LOCAL_IN, NF_INET_PRE_ROUTING } from '../netfilter/hook.ts';
import { DropReason } from '../packet/drop-reason.ts';
import { PACKET_BROADCAST, PACKET_HOST, PACKET_OTHERHOST, type Packet } from '../packet/packet.ts';
import {
  isLimitedBroadcast,
  isLoopbackAddress,
  isMulticastAddress,
  isZeronet,
} from './ipv4-address-class.ts';
import { DEFRAG_LOCAL_DELIVER } from './ipv4-defragmenter.ts';
import { ipForward } from './ipv4-forward.ts';
import {
  linkRoute,
  RTN_BLACKHOLE,
  RTN_BROADCAST,
  RTN_LOCAL,
  RTN_PROHIBIT,
  RTN_UNICAST,
  type Ipv4Route,
} from './ipv4-route.ts';
import type { NetNamespace } from './net-namespace.ts';

const HEADER_DROP: readonly number[] = [0, DropReason.IP_INHDR, DropReason.IP_CSUM, DropReason.PKT_TOO_SMALL];

/** ip_rcv (net/ipv4/ip_input.c): checks the header and runs PREROUTING. */
export function ipReceive(netns: NetNamespace, dev: NetDevice, packet: Packet): void {
  const host = netns.host;
  if (packet.pktType === PACKET_OTHERHOST) {
    host.dropPacket(packet, DropReason.OTHERHOST, dev);
    return;
  }
  const at = packet.head;
  const length = packet.tail - at;
  const error = ipv4HeaderError(packet.buf, at, length);
  if (error !== IPV4_HEADER_ERROR.NONE) {
    host.dropPacket(packet, HEADER_DROP[error]!, dev);
    return;
  }
  packet.tail = at + ipv4TotalLength(packet.buf, at);
  packet.networkOffset = at;
  packet.transportOffset = at + ipv4HeaderLength(packet.buf, at);
  // ip_rcv_core clears the control block: what a bridge put together is a whole datagram from here on.
  packet.fragMaxSize = 0;
  packet.fragHadDf = false;
  if (packet.nfBridge !== null && !packet.nfBridge.inPrerouting) {
    // ip_sabotage_in: the bridge has run PREROUTING on this packet already.
    packet.nfBridge = null;
  } else {
    const verdict = netns.hooks4.run(NF_INET_PRE_ROUTING, packet, dev, null);
    if (verdict !== NF_ACCEPT) {
      if (verdict === NF_DROP) host.dropPacket(packet, DropReason.NETFILTER_DROP, dev);
      return;
    }
  }
  ipReceiveFinish(netns, dev, packet);
}

/** ip_rcv_finish: finds out whether the packet is for this machine, for another, or for nobody. */
export function ipReceiveFinish(netns: NetNamespace, dev: NetDevice, packet: Packet): void {
  // What comes back from loopback has kept its route.
  const routedHere = packet.route === null;
  if (routedHere) {
    const { cost } = netns.host;
    if (cost !== null) cost.charge(Stage.route, packet.tail - packet.networkOffset);
    if (dev.l3Receiver !== null) dev.l3Receiver.route(packet);
    if (packet.route === null && !routeInput(netns, dev, packet)) return;
  }
  const route = packet.route!;
  const { tracer } = netns.host.env;
  if (tracer !== null) tracer.step(netns, packet, { kind: 'routed', route, again: false });
  if (route.type === RTN_UNICAST) {
    ipForward(netns, dev, packet, routedHere);
    return;
  }
  if (route.type === RTN_BROADCAST && packet.pktType === PACKET_HOST) packet.pktType = PACKET_BROADCAST;
  ipLocalDeliver(netns, dev, packet);
}

/** ip_route_input: sets `packet.route`; false when the packet was dropped, with the reason counted. */
export function routeInput(netns: NetNamespace, dev: NetDevice, packet: Packet): boolean {
  const reason = routeInputReason(netns, dev, packet);
  if (reason === 0) return true;
  netns.host.dropPacket(packet, reason, dev);
  return false;
}

/** The same without the drop: 0 when `packet.route` was set, else the reason why there is none. */
export function routeInputReason(netns: NetNamespace, dev: NetDevice, packet: Packet): number {
  const source = ipv4Source(packet.buf, packet.networkOffset);
  const destination = ipv4Destination(packet.buf, packet.networkOffset);
  const fib = netns.ipv4.fib;
  if (isMulticastAddress(destination)) {
    packet.route = linkRoute(dev, destination);
    return 0;
  }
  if (isMulticastAddress(source) || isLimitedBroadcast(source)) return DropReason.MARTIAN_SOURCE;
  if (isLimitedBroadcast(destination) || (source === 0 && destination === 0)) {
    packet.route = linkRoute(dev, destination);
    return 0;
  }
  if (isZeronet(source)) return DropReason.MARTIAN_SOURCE;
  if (isZeronet(destination)) return DropReason.MARTIAN_DESTINATION;
  const fromLoopback = dev === netns.loopback;
  if (!fromLoopback && dev.ipv4.routeLocalnet === 0) {
    if (isLoopbackAddress(destination)) return DropReason.MARTIAN_DESTINATION;
    if (isLoopbackAddress(source)) return DropReason.MARTIAN_SOURCE;
  }
  const tos = packet.buf[packet.networkOffset + IPV4.TOS]! & 0x1c;
  const route = fib.lookup(destination, null, source, dev, packet.mark, tos);
  if (route === null) return noRoute(netns, dev, packet);
  if (route.type === RTN_BROADCAST || route.type === RTN_LOCAL) {
    const invalid = fromLoopback ? 0 : validateSource(netns, dev, packet, source, route.dev);
    if (invalid !== 0) return invalid;
    packet.route = route;
    return 0;
  }
  if (!netns.ipv4.forwardingOn(dev)) return DropReason.IP_FORWARDING_OFF;
  if (route.type !== RTN_UNICAST) return refusedRoute(netns, packet, route);
  const invalid = validateSource(netns, dev, packet, source, route.dev);
  if (invalid !== 0) return invalid;
  packet.route = route;
  return 0;
}

function noRoute(netns: NetNamespace, dev: NetDevice, packet: Packet): number {
  if (!netns.ipv4.forwardingOn(dev)) return DropReason.IP_FORWARDING_OFF;
  netns.ipv4.icmp.sendError(packet, ICMP_TYPE.DEST_UNREACH, ICMP_UNREACH.NET_UNREACH, 0);
  return DropReason.IP_INNOROUTES;
}

/** ip_error: a route that says no. */
function refusedRoute(netns: NetNamespace, packet: Packet, route: Ipv4Route): number {
  if (route.type === RTN_BLACKHOLE) return DropReason.IP_INNOROUTES;
  const code = route.type === RTN_PROHIBIT ? ICMP_UNREACH.PKT_FILTERED : ICMP_UNREACH.HOST_UNREACH;
  netns.ipv4.icmp.sendError(packet, ICMP_TYPE.DEST_UNREACH, code, 0);
  return DropReason.IP_INNOROUTES;
}

/** fib_validate_source: reverse path filter (RFC 3704), and no packet may claim an address of ours. */
function validateSource(
  netns: NetNamespace,
  dev: NetDevice,
  packet: Packet,
  source: number,
  outDev: NetDevice | null,
): number {
  if (source === 0) return 0;
  const mode = Math.max(dev.ipv4.rpFilter, netns.sysctl.confAll.rpFilter);
  const fib = netns.ipv4.fib;
  if (mode === 0 || packet.secPath !== null) {
    if (dev === outDev && dev.ipv4.sendRedirects === 0) return 0;
    if (dev.ipv4.acceptLocal !== 0 || netns.sysctl.confAll.acceptLocal !== 0) return 0;
    return fib.isLocal(source) ? DropReason.MARTIAN_SOURCE : 0;
  }
  const back = fib.lookup(source, null, 0, null, dev.ipv4.srcValidMark !== 0 ? packet.mark : 0);
  if (back === null) return DropReason.IP_RPFILTER;
  if (back.type !== RTN_UNICAST) {
    return back.type === RTN_LOCAL && dev.ipv4.acceptLocal !== 0 ? 0 : DropReason.MARTIAN_SOURCE;
  }
  return mode === 1 && back.dev !== dev ? DropReason.IP_RPFILTER : 0;
}

/** ip_local_deliver: reassembles, runs INPUT and finds the protocol. */
export function ipLocalDeliver(netns: NetNamespace, dev: NetDevice, packet: Packet): void {
  if (isIpv4Fragment(packet.buf, packet.networkOffset)) {
    if (!netns.ipv4.defragment(packet, DEFRAG_LOCAL_DELIVER)) return;
  }
  const verdict = netns.hooks4.run(NF_INET_LOCAL_IN, packet, dev, null);
  if (verdict !== NF_ACCEPT) {
    if (verdict === NF_DROP) netns.host.dropPacket(packet, DropReason.NETFILTER_DROP, dev);
    return;
  }
  ipLocalDeliverFinish(netns, dev, packet);
}

/** ip_local_deliver_finish: raw sockets get a copy, then the protocol takes the packet. */
export function ipLocalDeliverFinish(netns: NetNamespace, dev: NetDevice, packet: Packet): void {
  const protocol = packet.buf[packet.networkOffset + IPV4.PROTOCOL]!;
  packet.transportOffset = packet.networkOffset + ipv4HeaderLength(packet.buf, packet.networkOffset);
  packet.nfBridge = null;
  const sockets = netns.sockets;
  const tookRaw = sockets.raw.deliver(packet, protocol);
  // UDP checks once it has its socket; what is to be decrypted checks what comes out.
  if (protocol !== PROTO.UDP && protocol !== PROTO.ESP && protocol !== PROTO.AH && netns.xfrm !== null) {
    if (!netns.xfrm.checkPolicy('in', packet)) {
      netns.host.dropPacket(packet, DropReason.XFRM_POLICY, dev);
      return;
    }
  }
  switch (protocol) {
    case PROTO.ICMP:
      netns.ipv4.icmp.receive(dev, packet);
      return;
    case PROTO.UDP:
      sockets.udp.receive(dev, packet);
      return;
    case PROTO.TCP:
      sockets.tcp.receive(dev, packet);
      return;
    case PROTO.ESP:
    case PROTO.AH:
      if (netns.xfrm !== null) {
        netns.xfrm.receive(dev, packet);
        return;
      }
      break;
    default:
      break;
  }
  if (tookRaw) {
    netns.host.consumePacket(packet);
    return;
  }
  netns.ipv4.icmp.sendError(packet, ICMP_TYPE.DEST_UNREACH, ICMP_UNREACH.PROT_UNREACH, 0);
  netns.host.dropPacket(packet, DropReason.IP_NOPROTO, dev);
}
