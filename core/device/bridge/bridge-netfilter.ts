import { ETHERTYPE, macHigh16, macLow32 } from '../../../protocols/ethernet.ts';
import {
  IPV4_HEADER_ERROR,
  ipv4Destination,
  ipv4HeaderError,
  ipv4HeaderLength,
  ipv4TotalLength,
} from '../../../protocols/ipv4.ts';
import { IPV6, IPV6_HEADER_LENGTH, ipv6PayloadLength, isIpv6HeaderValid } from '../../../protocols/ipv6.ts';
import { Ipv6Address } from '../../../protocols/ipv6-address.ts';
import { doFragment } from '../../namespace/ipv4-fragment.ts';
import { routeInputReason } from '../../namespace/ipv4-input.ts';
import { isNextHopConnected, ipFinishOutput2 } from '../../namespace/ipv4-output.ts';
import { ip6Fragment } from '../../namespace/ipv6-fragment.ts';
import { routeInputReason6 } from '../../namespace/ipv6-input.ts';
import { ip6FinishOutput2, isNextHopConnected6, nextHopNeighbour } from '../../namespace/ipv6-output.ts';
import { RTN_UNICAST } from '../../namespace/ipv4-route.ts';
import type { Ipv6Route } from '../../namespace/ipv6-route.ts';
import { Stage } from '../../host/cost-meter.ts';
import {
  type HookTable,
  NF_ACCEPT,
  NF_DROP,
  NF_INET_FORWARD,
  NF_INET_POST_ROUTING,
  NF_INET_PRE_ROUTING,
} from '../../netfilter/hook.ts';
import { DropReason } from '../../packet/drop-reason.ts';
import { IP_CT_NEW, PACKET_HOST, PACKET_OTHERHOST, type Packet } from '../../packet/packet.ts';
import type { BridgeNetfilterInfo } from './bridge-netfilter-info.ts';
import type { Bridge } from './bridge.ts';
import type { BridgePort } from './bridge-port.ts';

/**
 * br_netfilter (net/bridge/br_netfilter_hooks.c): bridged IPv4 and IPv6 packets go through the IP hooks of the bridge's
 * namespace. Each method returns true when the packet is no longer the caller's.
 * Not modelled: arptables (bridge-nf-call-arptables only matters with ARP rules), filtering of tagged frames.
 */
export class BridgeNetfilter {
  private readonly bridge: Bridge;

  constructor(bridge: Bridge) {
    this.bridge = bridge;
  }

  /** br_nf_pre_routing and br_nf_pre_routing_finish. */
  preRouting(port: BridgePort, packet: Packet): boolean {
    const bridge = this.bridge;
    const host = bridge.host;
    const isIpv6 = packet.protocol === ETHERTYPE.IPV6;
    if (isIpv6 ? host.bridgeNetfilter.callIp6tables === 0 : host.bridgeNetfilter.callIptables === 0)
      return false;
    if (!isIpv6 && packet.protocol !== ETHERTYPE.IPV4) return false;
    if (isIpv6 ? !isIpv6Valid(packet) : !this.validate(packet)) {
      host.dropPacket(packet, DropReason.IP_INHDR, port.dev);
      return true;
    }
    if (host.cost !== null) host.cost.charge(Stage.bridgeNetfilter, packet.tail - packet.head);
    const info: BridgeNetfilterInfo = {
      physInDev: port.dev,
      physOutDev: null,
      ipv4Daddr: isIpv6 ? 0 : ipv4Destination(packet.buf, packet.networkOffset),
      ipv6Daddr: isIpv6 ? Ipv6Address.read(packet.buf, packet.networkOffset + IPV6.DESTINATION) : null,
      inPrerouting: true,
      pktOtherhost: packet.pktType === PACKET_OTHERHOST,
      savedMacHigh: 0,
      savedMacLow: 0,
      bridgedDnat: false,
      fragMaxSize: 0,
    };
    if (info.pktOtherhost) packet.pktType = PACKET_HOST;
    packet.nfBridge = info;
    packet.dev = bridge;
    const verdict = this.hooksFor(packet).run(NF_INET_PRE_ROUTING, packet, bridge, null);
    if (verdict !== NF_ACCEPT) {
      if (verdict === NF_DROP) host.dropPacket(packet, DropReason.NETFILTER_DROP, port.dev);
      return true;
    }
    this.preRoutingFinish(port, packet);
    return true;
  }

  /**
   * br_nf_local_in for what only promiscuous mode passes up: it loses its connection. A frame that was translated and
   * bridged is then routed a second time as well, but that copy is INVALID to rules and NAT leaves it alone.
   * (Since 6.9, and in Debian's 6.1: "netfilter: br_netfilter: skip conntrack input hook for promisc packets".)
   * The rest of that hook confirms broadcasts early, for copies that a work queue would send later: here none does.
   */
  localInPromiscuous(packet: Packet): void {
    packet.nfct = null;
    packet.ctInfo = IP_CT_NEW;
  }

  /** br_nf_forward_ip: FORWARD sees a bridged packet with the bridge as both its devices. */
  forward(to: BridgePort, packet: Packet): boolean {
    const bridge = this.bridge;
    const info = packet.nfBridge!;
    if (packet.pktType === PACKET_OTHERHOST) {
      packet.pktType = PACKET_HOST;
      info.pktOtherhost = true;
    }
    packet.fragMaxSize = info.fragMaxSize;
    info.physOutDev = to.dev;
    const verdict = this.hooksFor(packet).run(NF_INET_FORWARD, packet, bridge, bridge);
    if (verdict !== NF_ACCEPT) {
      if (verdict === NF_DROP) bridge.host.dropPacket(packet, DropReason.NETFILTER_DROP, to.dev);
      return true;
    }
    restoreType(packet, info);
    return false;
  }

  /** br_nf_post_routing, and the fragments that its way out makes. */
  postRouting(to: BridgePort, packet: Packet): boolean {
    const bridge = this.bridge;
    const info = packet.nfBridge!;
    // Delivered locally and routed since: POSTROUTING was the IP stack's.
    if (info.physOutDev === null) return false;
    if (packet.pktType === PACKET_OTHERHOST) {
      packet.pktType = PACKET_HOST;
      info.pktOtherhost = true;
    }
    const verdict = this.hooksFor(packet).run(NF_INET_POST_ROUTING, packet, null, bridge);
    if (verdict !== NF_ACCEPT) {
      if (verdict === NF_DROP) bridge.host.dropPacket(packet, DropReason.NETFILTER_DROP, to.dev);
      return true;
    }
    restoreType(packet, info);
    if (packet.tail - packet.networkOffset <= to.dev.mtu || packet.gsoSize !== 0) return false;
    this.refragment(to, packet, info);
    return true;
  }

  /**
   * br_nf_dev_xmit: a DNATed frame that waited for its new neighbour comes back from neigh_output, with the
   * neighbour's MAC as its destination; its own source MAC returns and bridging goes on.
   */
  resumeDnat(packet: Packet): boolean {
    const info = packet.nfBridge!;
    if (!info.bridgedDnat) return false;
    const bridge = this.bridge;
    info.bridgedDnat = false;
    const at = packet.head;
    const buf = packet.buf;
    buf[at + 6] = info.savedMacHigh >>> 8;
    buf[at + 7] = info.savedMacHigh;
    buf[at + 8] = info.savedMacLow >>> 24;
    buf[at + 9] = info.savedMacLow >>> 16;
    buf[at + 10] = info.savedMacLow >>> 8;
    buf[at + 11] = info.savedMacLow;
    packet.macOffset = at;
    packet.head = at + 14;
    packet.dev = info.physInDev;
    const port = info.physInDev === null ? undefined : bridge.portOf(info.physInDev);
    if (port === undefined) {
      bridge.host.dropPacket(packet, DropReason.BRIDGE_NO_FORWARD, bridge);
      return true;
    }
    bridge.handleFrameFinish(port, packet);
    return true;
  }

  private preRoutingFinish(port: BridgePort, packet: Packet): void {
    const bridge = this.bridge;
    const info = packet.nfBridge!;
    info.fragMaxSize = packet.fragMaxSize;
    info.inPrerouting = false;
    if (info.pktOtherhost) {
      packet.pktType = PACKET_OTHERHOST;
      info.pktOtherhost = false;
    }
    if (wasDnated(packet, info)) {
      if (!this.routeDnated(port, packet)) return;
    }
    packet.dev = port.dev;
    bridge.handleFrameFinish(port, packet);
  }

  /**
   * The destination was changed: if the way there leads out of this same bridge the frame is bridged on to its
   * new neighbour, else it is addressed to the bridge and the IP stack forwards it. False when it was taken.
   */
  private routeDnated(port: BridgePort, packet: Packet): boolean {
    if (packet.protocol === ETHERTYPE.IPV6) return this.routeDnated6(port, packet);
    const bridge = this.bridge;
    const netns = bridge.netns;
    const kept = packet.pktType;
    packet.route = null;
    const reason = routeInputReason(netns, bridge, packet);
    if (reason !== 0) {
      const daddr = ipv4Destination(packet.buf, packet.networkOffset);
      const route = reason === DropReason.IP_FORWARDING_OFF ? netns.ipv4.fib.lookup(daddr) : null;
      if (route === null || route.dev !== bridge) {
        bridge.host.dropPacket(packet, reason, port.dev);
        return false;
      }
      packet.route = route;
    }
    const route = packet.route!;
    if (route.type === RTN_UNICAST && route.dev === bridge) {
      packet.pktType = kept;
      return this.bridgeToNeighbour(packet);
    }
    packet.buf.set(bridge.mac, packet.macOffset);
    packet.pktType = PACKET_HOST;
    return true;
  }

  /** The same for IPv6 (br_nf_pre_routing_finish_ipv6). */
  private routeDnated6(port: BridgePort, packet: Packet): boolean {
    const bridge = this.bridge;
    packet.route6 = null;
    const reason = bridge.netns.ipv6 === null ? DropReason.IPV6DISABLED : this.routeReason6(packet);
    if (reason !== 0) {
      bridge.host.dropPacket(packet, reason, port.dev);
      return false;
    }
    const route = packet.route6! as Ipv6Route;
    if (route.type === RTN_UNICAST && route.dev === bridge) return this.bridgeToNeighbour(packet);
    packet.buf.set(bridge.mac, packet.macOffset);
    packet.pktType = PACKET_HOST;
    return true;
  }

  private routeReason6(packet: Packet): number {
    return routeInputReason6(this.bridge.netns, this.bridge, packet);
  }

  private hooksFor(packet: Packet): HookTable {
    const { hooks4, hooks6 } = this.bridge.netns;
    return packet.protocol === ETHERTYPE.IPV6 ? hooks6 : hooks4;
  }

  /** br_nf_pre_routing_finish_bridge. */
  private bridgeToNeighbour(packet: Packet): boolean {
    const bridge = this.bridge;
    const netns = bridge.netns;
    const info = packet.nfBridge!;
    const isIpv6 = packet.protocol === ETHERTYPE.IPV6;
    if (isIpv6 ? isNextHopConnected6(netns, packet) : isNextHopConnected(netns, packet)) {
      packet.buf.set(
        isIpv6 ? nextHopNeighbour(netns, packet, bridge).lladdr : this.nextHopMac(packet),
        packet.macOffset,
      );
      return true;
    }
    info.savedMacHigh = macHigh16(packet.buf, packet.macOffset + 6);
    info.savedMacLow = macLow32(packet.buf, packet.macOffset + 6);
    info.bridgedDnat = true;
    packet.dev = bridge;
    packet.head = packet.networkOffset;
    if (isIpv6) ip6FinishOutput2(netns, packet);
    else ipFinishOutput2(netns, packet);
    return false;
  }

  private nextHopMac(packet: Packet): Uint8Array {
    const { gateway } = packet.route!;
    const nextHop = gateway !== 0 ? gateway : ipv4Destination(packet.buf, packet.networkOffset);
    return this.bridge.netns.ipv4.arp.neighbour(this.bridge, nextHop).lladdr;
  }

  /** br_nf_ip_fragment: cuts to the size of the fragments that came in, each with the frame's own MAC header. */
  private refragment(to: BridgePort, packet: Packet, info: BridgeNetfilterInfo): void {
    const bridge = this.bridge;
    packet.fragMaxSize = info.fragMaxSize;
    if (info.fragMaxSize === 0 || info.fragMaxSize > to.dev.mtu) {
      bridge.host.sizeLog.note('dropped', packet, to.dev.mtu, to.dev);
      bridge.host.dropPacket(packet, DropReason.FRAG_NEEDED, to.dev);
      return;
    }
    const mac = packet.buf.slice(packet.macOffset, packet.macOffset + 14);
    const fragment = packet.protocol === ETHERTYPE.IPV6 ? ip6Fragment : doFragment;
    fragment(bridge.netns, packet, to.dev.mtu, (_netns, piece) => {
      piece.macOffset = piece.head - 14;
      piece.buf.set(mac, piece.macOffset);
      piece.dev = to.dev;
      bridge.pushXmit(to, piece);
    });
  }

  /** br_validate_ipv4: header checks, and the padding cut off. */
  private validate(packet: Packet): boolean {
    const at = packet.head;
    if (ipv4HeaderError(packet.buf, at, packet.tail - at) !== IPV4_HEADER_ERROR.NONE) return false;
    packet.networkOffset = at;
    packet.tail = at + ipv4TotalLength(packet.buf, at);
    packet.transportOffset = at + ipv4HeaderLength(packet.buf, at);
    return true;
  }
}

function restoreType(packet: Packet, info: BridgeNetfilterInfo): void {
  if (!info.pktOtherhost) return;
  packet.pktType = PACKET_OTHERHOST;
  info.pktOtherhost = false;
}

/** br_validate_ipv6: header checks, and the padding cut off. */
function isIpv6Valid(packet: Packet): boolean {
  const at = packet.head;
  if (!isIpv6HeaderValid(packet.buf, at, packet.tail - at)) return false;
  packet.networkOffset = at;
  packet.tail = at + IPV6_HEADER_LENGTH + ipv6PayloadLength(packet.buf, at);
  packet.transportOffset = at + IPV6_HEADER_LENGTH;
  return true;
}

/** Whether PREROUTING changed the destination. */
function wasDnated(packet: Packet, info: BridgeNetfilterInfo): boolean {
  const { buf, networkOffset: at } = packet;
  if (info.ipv6Daddr !== null) return !info.ipv6Daddr.equalsBytes(buf, at + IPV6.DESTINATION);
  return ipv4Destination(buf, at) !== info.ipv4Daddr;
}
