import { ICMP_TYPE, ICMP_EXC, ICMP_UNREACH } from '../../protocols/icmp.ts';
import {
  IPV4,
  IPV4_FLAG,
  IPV4_HEADER_LENGTH,
  PROTO,
  decreaseIpv4Ttl,
  hasIpv4DontFragment,
  ipv4Source,
  writeIpv4Header,
} from '../../protocols/ipv4.ts';
import { isLoopbackAddress } from '../namespace/ipv4-address-class.ts';
import { ipLocalOut, routeError } from '../namespace/ipv4-output.ts';
import { RTN_LOCAL, type Ipv4Route } from '../namespace/ipv4-route.ts';
import { NF_ACCEPT, NF_INET_FORWARD, NF_INET_LOCAL_OUT, NF_STOLEN } from '../netfilter/hook.ts';
import { DropReason } from '../packet/drop-reason.ts';
import { IP_CT_NEW, type Packet } from '../packet/packet.ts';
import type { IpvsConnection } from './ipvs-connection.ts';
import { CONN_NFCT } from './ipvs-connection.ts';
import { notrack, settleConntrack } from './ipvs-conntrack.ts';
import { FORWARD_ROUTE, FORWARD_TUNNEL, type IpvsDestination } from './ipvs-destination.ts';
import type { IpvsState } from './ipvs-state.ts';
import { rewriteIcmpError, rewriteRequest } from './rewrite.ts';

/** Smallest path MTU a tunnel is used with. */
const MINIMUM_MTU = 68;
const ECN_MASK = 0x03;

/**
 * Sends packets to their real server (ip_vs_xmit.c). Each returns the verdict of the hook: NF_STOLEN when the packet
 * has left (or was dropped, counted), NF_ACCEPT when the real server is this machine and the packet goes on.
 */
export class Transmitter {
  private readonly ipvs: IpvsState;

  constructor(ipvs: IpvsState) {
    this.ipvs = ipvs;
  }

  /** packet_xmit of the connection. */
  send(packet: Packet, connection: IpvsConnection, hook: number): number {
    switch (connection.forwarding) {
      case FORWARD_ROUTE:
        return this.sendDirect(packet, connection, hook);
      case FORWARD_TUNNEL:
        return this.sendTunnel(packet, connection, hook);
      default:
        return this.sendNat(packet, connection, hook);
    }
  }

  /** ip_vs_icmp_xmit: a client's ICMP error about what the virtual address sent it. */
  sendIcmp(packet: Packet, connection: IpvsConnection, hook: number): number {
    const { forwarding } = connection;
    if (forwarding === FORWARD_ROUTE || forwarding === FORWARD_TUNNEL) {
      return this.send(packet, connection, hook);
    }
    const route = this.route(packet, connection, hook);
    if (route === null) return this.noRoute(packet);
    if (route.type === RTN_LOCAL && hook === NF_INET_FORWARD) return this.noRoute(packet);
    if (!this.prepare(packet, connection, route, 0, true)) return NF_STOLEN;
    rewriteIcmpError(packet, connection, false);
    return this.finishNat(packet, connection, route);
  }

  /** ip_vs_nat_xmit. */
  private sendNat(packet: Packet, connection: IpvsConnection, hook: number): number {
    const route = this.route(packet, connection, hook);
    if (route === null) return this.noRoute(packet);
    const isLoopback = route.type === RTN_LOCAL && isLoopbackAddress(connection.real >>> 0);
    if (isLoopback && hook !== NF_INET_LOCAL_OUT) return this.noRoute(packet);
    if (!this.prepare(packet, connection, route, 0, false)) return NF_STOLEN;
    rewriteRequest(packet, connection);
    return this.finishNat(packet, connection, route);
  }

  /** ip_vs_nat_send_or_cont. */
  private finishNat(packet: Packet, connection: IpvsConnection, route: Ipv4Route): number {
    packet.ipvsProperty = true;
    settleConntrack(packet, connection, true);
    if (route.type === RTN_LOCAL) return NF_ACCEPT;
    return this.output(packet);
  }

  /** ip_vs_dr_xmit: as it is, to the real server's link address. */
  private sendDirect(packet: Packet, connection: IpvsConnection, hook: number): number {
    const route = this.route(packet, connection, hook);
    if (route === null) return this.noRoute(packet);
    const direct = route.type === RTN_LOCAL ? route : nextHopRoute(connection.destination, route);
    if (!this.prepare(packet, connection, direct, 0, false)) return NF_STOLEN;
    packet.ipvsProperty = true;
    if ((connection.flags & CONN_NFCT) === 0) notrack(packet);
    if (route.type === RTN_LOCAL) return NF_ACCEPT;
    return this.output(packet);
  }

  /** ip_vs_tunnel_xmit: in another IPv4 header (RFC 2003). */
  private sendTunnel(packet: Packet, connection: IpvsConnection, hook: number): number {
    const { netns } = this.ipvs;
    const route = this.route(packet, connection, hook);
    if (route === null) return this.noRoute(packet);
    if (!this.prepare(packet, connection, route, IPV4_HEADER_LENGTH, false)) return NF_STOLEN;
    packet.ipvsProperty = true;
    if (route.type === RTN_LOCAL) {
      if ((connection.flags & CONN_NFCT) === 0) notrack(packet);
      return NF_ACCEPT;
    }
    const { buf, networkOffset: inner } = packet;
    const tos = buf[inner + IPV4.TOS]!;
    const ttl = buf[inner + IPV4.TTL]!;
    const df = this.ipvs.settings.pmtuDisc !== 0 && hasIpv4DontFragment(buf, inner) ? IPV4_FLAG.DF : 0;
    const source =
      route.prefSrc !== 0 ? route.prefSrc : netns.ipv4.selectSourceAddress(route.dev!, connection.real >>> 0);
    packet.nfct = null;
    packet.ctInfo = IP_CT_NEW;
    packet.head = inner;
    netns.host.pool.ensureHeadroom(packet, IPV4_HEADER_LENGTH);
    packet.transportOffset = packet.head;
    packet.head -= IPV4_HEADER_LENGTH;
    packet.networkOffset = packet.head;
    const real = connection.real >>> 0;
    const id = netns.ipv4.identification.next(source, real, PROTO.IPIP);
    const outerTos = encapsulatedTos(tos);
    const length = packet.tail - packet.head;
    writeIpv4Header(packet.buf, packet.head, outerTos, length, id, df, ttl, PROTO.IPIP, source, real);
    return this.output(packet);
  }

  /** The route to the real server; null when there is none or the packet may not take it (__ip_vs_get_out_rt). */
  private route(packet: Packet, connection: IpvsConnection, hook: number): Ipv4Route | null {
    const { netns } = this.ipvs;
    const tos = packet.buf[packet.networkOffset + IPV4.TOS]! & 0x1c;
    const route = netns.ipv4.fib.lookup(connection.real >>> 0, null, 0, null, 0, tos);
    if (route === null || routeError(route) !== 0) return null;
    if (route.type === RTN_LOCAL) {
      // Only NAT may take what was to be forwarded to this machine itself.
      const isNat = connection.forwarding !== FORWARD_ROUTE && connection.forwarding !== FORWARD_TUNNEL;
      return isNat || hook !== NF_INET_FORWARD ? route : null;
    }
    return isLoopbackAddress(ipv4Source(packet.buf, packet.networkOffset)) ? null : route;
  }

  /**
   * The rest of __ip_vs_get_out_rt: TTL, size, and the route for what leaves this machine. `overhead`: bytes a tunnel
   * adds. False when the packet was dropped.
   */
  private prepare(
    packet: Packet,
    connection: IpvsConnection,
    route: Ipv4Route,
    overhead: number,
    isIcmp: boolean,
  ): boolean {
    if (route.type === RTN_LOCAL) return true;
    const { netns } = this.ipvs;
    const { icmp } = netns.ipv4;
    const { buf, networkOffset: at } = packet;
    if (buf[at + IPV4.TTL]! <= 1) {
      icmp.sendError(packet, ICMP_TYPE.TIME_EXCEEDED, ICMP_EXC.TTL, 0);
      netns.host.dropPacket(packet, DropReason.TTL_EXPIRED, packet.dev);
      return false;
    }
    decreaseIpv4Ttl(buf, at);
    const mtu = netns.ipv4.pathMtu.mtu(route, connection.real >>> 0) - overhead;
    const mayFragment = overhead !== 0 && this.ipvs.settings.pmtuDisc === 0;
    const isTooBig = packet.tail - at > mtu && packet.gsoSize === 0 && hasIpv4DontFragment(buf, at);
    if ((overhead !== 0 && mtu < MINIMUM_MTU) || (isTooBig && !mayFragment && !isIcmp)) {
      if (isTooBig) {
        netns.host.sizeLog.note('dropped', packet, mtu, route.dev);
        icmp.sendError(packet, ICMP_TYPE.DEST_UNREACH, ICMP_UNREACH.FRAG_NEEDED, mtu);
      }
      netns.host.dropPacket(packet, DropReason.PKT_TOO_BIG, packet.dev);
      return false;
    }
    packet.route = route;
    return true;
  }

  private output(packet: Packet): number {
    // Whatever xfrm decided belonged to the way in.
    packet.xfrm = null;
    ipLocalOut(this.ipvs.netns, packet);
    return NF_STOLEN;
  }

  private noRoute(packet: Packet): number {
    const { netns } = this.ipvs;
    netns.host.dropPacket(packet, DropReason.IP_OUTNOROUTES, packet.dev);
    return NF_STOLEN;
  }
}

/** FLOWI_FLAG_KNOWN_NH: the real server is the next hop, whatever the packet's destination is. */
function nextHopRoute(destination: IpvsDestination, route: Ipv4Route): Ipv4Route {
  if (destination.routedFrom === route) return destination.directRoute!;
  destination.routedFrom = route;
  destination.directRoute = route.gateway !== 0 ? route : { ...route, gateway: destination.address };
  return destination.directRoute;
}

/** INET_ECN_encapsulate: a mark of congestion is not carried outside; ECN capability is (RFC 3168 section 9.1.1). */
function encapsulatedTos(tos: number): number {
  return (tos & ECN_MASK) === ECN_MASK ? (tos & ~ECN_MASK) | 0x02 : tos;
}
