import { get16 } from '../../protocols/bytes.ts';
import { ICMPV6_PARAMPROB, ICMPV6_TYPE, ICMPV6_UNREACH } from '../../protocols/icmpv6.ts';
import { PROTO } from '../../protocols/ipv4.ts';
import { IPV6, IPV6_HEADER_LENGTH, ipv6PayloadLength } from '../../protocols/ipv6.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';
import type { NetDevice } from '../device/net-device.ts';
import { Stage } from '../host/cost-meter.ts';
import { NF_ACCEPT, NF_DROP, NF_INET_LOCAL_IN, NF_INET_PRE_ROUTING } from '../netfilter/hook.ts';
import { DropReason } from '../packet/drop-reason.ts';
import { PACKET_LOOPBACK, PACKET_OTHERHOST, type Packet } from '../packet/packet.ts';
import { RTN_BLACKHOLE, RTN_LOCAL, RTN_MULTICAST, RTN_PROHIBIT, RTN_UNICAST } from './ipv4-route.ts';
import { DEFRAG6_LOCAL_DELIVER } from './ipv6-defragmenter.ts';
import { isLoopbackDevice } from './ipv6-fib.ts';
import { ip6Forward } from './ipv6-forward.ts';
import { optionsError } from './ipv6-options.ts';
import type { NetNamespace } from './net-namespace.ts';

/** ip6_rcv (net/ipv6/ip6_input.c): checks the header and runs PREROUTING. `head` is at the IPv6 header. */
export function ip6Receive(netns: NetNamespace, dev: NetDevice, packet: Packet): void {
  const host = netns.host;
  const reason = headerDropReason(dev, packet);
  if (reason !== 0) {
    host.dropPacket(packet, reason, dev);
    return;
  }
  const at = packet.head;
  packet.tail = at + IPV6_HEADER_LENGTH + ipv6PayloadLength(packet.buf, at);
  packet.networkOffset = at;
  packet.transportOffset = at + IPV6_HEADER_LENGTH;
  if (packet.buf[at + IPV6.NEXT_HEADER] === PROTO.HOPOPTS) {
    const error = optionsError(netns, packet, IPV6_HEADER_LENGTH);
    if (error !== 0) {
      host.dropPacket(packet, error, dev);
      return;
    }
  }
  if (packet.nfBridge !== null && !packet.nfBridge.inPrerouting) {
    // ip_sabotage_in: the bridge has run PREROUTING on this packet already.
    packet.nfBridge = null;
  } else {
    const verdict = netns.hooks6.run(NF_INET_PRE_ROUTING, packet, dev, null);
    if (verdict !== NF_ACCEPT) {
      if (verdict === NF_DROP) host.dropPacket(packet, DropReason.NETFILTER_DROP, dev);
      return;
    }
  }
  ip6ReceiveFinish(netns, dev, packet);
}

/** ip6_rcv_core: 0 when the header may be believed, else why not. */
function headerDropReason(dev: NetDevice, packet: Packet): number {
  const { buf, head: at } = packet;
  if (packet.pktType === PACKET_OTHERHOST) return DropReason.OTHERHOST;
  if (dev.ipv6 === null || dev.ipv6.disableIpv6 !== 0) return DropReason.IPV6DISABLED;
  if (packet.tail - at < IPV6_HEADER_LENGTH) return DropReason.HDR_TRUNC;
  if (buf[at]! >>> 4 !== 6) return DropReason.IP_INHDR;
  if (IPV6_HEADER_LENGTH + ipv6PayloadLength(buf, at) > packet.tail - at) return DropReason.PKT_TOO_SMALL;
  if (buf[at + IPV6.SOURCE] === 0xff) return DropReason.IP_INADDRERRORS;
  const fromOutside = !isLoopbackDevice(dev) && packet.pktType !== PACKET_LOOPBACK;
  if (!fromOutside) return 0;
  if (isLoopbackAt(buf, at + IPV6.SOURCE) || isLoopbackAt(buf, at + IPV6.DESTINATION)) {
    return DropReason.IP_INADDRERRORS;
  }
  const isMulticast = buf[at + IPV6.DESTINATION] === 0xff;
  // Neither the reserved scope nor the interface's own may come from a link (RFC 4291 section 2.7).
  if (isMulticast && (buf[at + IPV6.DESTINATION + 1]! & 0xf) <= 1) return DropReason.IP_INADDRERRORS;
  return 0;
}

function isLoopbackAt(buf: Uint8Array, offset: number): boolean {
  return Ipv6Address.LOOPBACK.equalsBytes(buf, offset);
}

/** ip6_rcv_finish: finds out whether the packet is for this machine, for another, or for nobody. */
export function ip6ReceiveFinish(netns: NetNamespace, dev: NetDevice, packet: Packet): void {
  // What comes back from loopback has kept its route.
  if (packet.route6 === null) {
    const { cost } = netns.host;
    if (cost !== null) cost.charge(Stage.route, packet.tail - packet.networkOffset);
    const reason = routeInputReason6(netns, dev, packet);
    if (reason !== 0) {
      netns.host.dropPacket(packet, reason, dev);
      return;
    }
  }
  const route = packet.route6!;
  const { tracer } = netns.host.env;
  if (tracer !== null) tracer.step(netns, packet, { kind: 'routed', route, again: false });
  if (route.type === RTN_UNICAST) {
    ip6Forward(netns, dev, packet);
    return;
  }
  if (route.type === RTN_MULTICAST) {
    const groups = route.dev!.ipv6?.multicast;
    if (groups === undefined || !groups.hears(packet.buf, packet.networkOffset + IPV6.DESTINATION)) {
      netns.host.dropPacket(packet, DropReason.IPV6_GROUP_NOT_JOINED, dev);
      return;
    }
  }
  ip6Input(netns, dev, packet);
}

/** ip6_route_input: 0 when `packet.route6` was set, else the reason why there is none (its sender was told). */
export function routeInputReason6(netns: NetNamespace, dev: NetDevice, packet: Packet): number {
  const stack = netns.ipv6!;
  const destination = packet.networkOffset + IPV6.DESTINATION;
  const route = stack.fib.lookupBytes(packet.buf, destination, dev);
  if (route === null) {
    stack.icmp.sendError(packet, ICMPV6_TYPE.DEST_UNREACH, ICMPV6_UNREACH.NOROUTE, 0);
    return DropReason.IP_INNOROUTES;
  }
  packet.route6 = route;
  if (route.type === RTN_UNICAST || route.type === RTN_LOCAL || route.type === RTN_MULTICAST) return 0;
  packet.route6 = null;
  if (route.type === RTN_BLACKHOLE) return DropReason.IP_INNOROUTES;
  const code = route.type === RTN_PROHIBIT ? ICMPV6_UNREACH.ADM_PROHIBITED : ICMPV6_UNREACH.NOROUTE;
  stack.icmp.sendError(packet, ICMPV6_TYPE.DEST_UNREACH, code, 0);
  return DropReason.IP_INNOROUTES;
}

/** ip6_input: runs INPUT and walks the headers to the protocol. */
export function ip6Input(netns: NetNamespace, dev: NetDevice, packet: Packet): void {
  const verdict = netns.hooks6.run(NF_INET_LOCAL_IN, packet, dev, null);
  if (verdict !== NF_ACCEPT) {
    if (verdict === NF_DROP) netns.host.dropPacket(packet, DropReason.NETFILTER_DROP, dev);
    return;
  }
  ip6InputFinish(netns, dev, packet);
}

/** ip6_protocol_deliver_rcu: one header after the other, as their handlers take them. */
export function ip6InputFinish(netns: NetNamespace, dev: NetDevice, packet: Packet): void {
  const host = netns.host;
  packet.nfBridge = null;
  let at = IPV6_HEADER_LENGTH;
  let nextHeaderAt: number = IPV6.NEXT_HEADER;
  let protocol = packet.buf[packet.networkOffset + nextHeaderAt]!;
  if (protocol === PROTO.HOPOPTS) {
    // Its options were looked at when the packet came in.
    nextHeaderAt = at;
    protocol = packet.buf[packet.networkOffset + at]!;
    at += (packet.buf[packet.networkOffset + at + 1]! + 1) << 3;
  }
  for (;;) {
    packet.transportOffset = packet.networkOffset + at;
    const header = packet.transportOffset;
    switch (protocol) {
      case PROTO.FRAGMENT: {
        if (header + 8 > packet.tail) return drop(netns, dev, packet, DropReason.IPV6_EXTENSION_HEADER);
        const isAtomic = (get16(packet.buf, header + 2) & 0xfff9) === 0;
        if (!isAtomic && !netns.ipv6!.defragment(packet, DEFRAG6_LOCAL_DELIVER)) return;
        if (!isAtomic) {
          ip6InputFinish(netns, dev, packet);
          return;
        }
        nextHeaderAt = at;
        protocol = packet.buf[header]!;
        at += 8;
        continue;
      }
      case PROTO.DSTOPTS:
      case PROTO.ROUTING: {
        const error =
          protocol === PROTO.DSTOPTS ? optionsError(netns, packet, at) : routingError(netns, packet, at);
        if (error !== 0) return drop(netns, dev, packet, error);
        nextHeaderAt = at;
        protocol = packet.buf[header]!;
        at += (packet.buf[header + 1]! + 1) << 3;
        continue;
      }
      case PROTO.NONE:
        host.consumePacket(packet);
        return;
      default:
        deliver(netns, dev, packet, protocol, nextHeaderAt);
        return;
    }
  }
}

/** Raw sockets get a copy, then the protocol takes the packet. */
function deliver(
  netns: NetNamespace,
  dev: NetDevice,
  packet: Packet,
  protocol: number,
  nextHeaderAt: number,
): void {
  const stack = netns.ipv6!;
  const tookRaw = stack.sockets.raw.deliver(packet, protocol);
  switch (protocol) {
    case PROTO.ICMPV6:
      stack.icmp.receive(dev, packet);
      return;
    case PROTO.UDP:
      stack.sockets.udp.receive(dev, packet);
      return;
    case PROTO.TCP:
      stack.sockets.tcp.receive(dev, packet);
      return;
    default:
      break;
  }
  if (tookRaw) {
    netns.host.consumePacket(packet);
    return;
  }
  stack.icmp.sendError(packet, ICMPV6_TYPE.PARAMPROB, ICMPV6_PARAMPROB.UNK_NEXTHDR, nextHeaderAt);
  drop(netns, dev, packet, DropReason.IP_NOPROTO);
}

/** ipv6_rthdr_rcv: a routing header that still leads somewhere is refused (RFC 5095); others are passed. */
function routingError(netns: NetNamespace, packet: Packet, at: number): number {
  const header = packet.networkOffset + at;
  const { buf, tail } = packet;
  if (header + 8 > tail || header + ((buf[header + 1]! + 1) << 3) > tail) {
    return DropReason.IPV6_EXTENSION_HEADER;
  }
  if (buf[header + 3] === 0) return 0;
  netns.ipv6!.icmp.sendError(packet, ICMPV6_TYPE.PARAMPROB, ICMPV6_PARAMPROB.HDR_FIELD, at + 2);
  return DropReason.IPV6_EXTENSION_HEADER;
}

function drop(netns: NetNamespace, dev: NetDevice, packet: Packet, reason: number): void {
  netns.host.dropPacket(packet, reason, dev);
}
