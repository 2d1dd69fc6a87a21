import { get16 } from '../../protocols/bytes.ts';
import {
  ICMP,
  ICMP_HEADER_LENGTH,
  ICMP_TYPE,
  ICMP_UNREACH,
  isIcmpChecksumValid,
  isIcmpError,
  setIcmpChecksum,
  writeIcmpError,
} from '../../protocols/icmp.ts';
import {
  IPV4,
  IPV4_HEADER_LENGTH,
  PROTO,
  ipv4Destination,
  ipv4FragmentOffset,
  ipv4HeaderLength,
  ipv4Source,
} from '../../protocols/ipv4.ts';
import type { NetDevice } from '../device/net-device.ts';
import { DropReason } from '../packet/drop-reason.ts';
import {
  CHECKSUM_NONE,
  CHECKSUM_UNNECESSARY,
  IP_CT_IS_REPLY,
  IP_CT_RELATED,
  IP_CT_RELATED_REPLY,
  PACKET_HOST,
  type Packet,
} from '../packet/packet.ts';
import { IcmpRateLimiter } from './icmp-rate-limiter.ts';
import { isMulticastAddress } from './ipv4-address-class.ts';
import { selectSourceAddress } from './ipv4-fib.ts';
import { ipSend, outputDevice, routeError } from './ipv4-output.ts';
import { RTN_BROADCAST, RTN_LOCAL, RTN_UNICAST, type Ipv4Route } from './ipv4-route.ts';
import type { NetNamespace } from './net-namespace.ts';

/** An error quotes so much of the packet that the whole message fits in 576 bytes (RFC 1812 section 4.3.2.3). */
const MAX_ERROR_LENGTH = 576;
const PRECEDENCE_INTERNETCONTROL = 0xc0;
const TOS_MASK = 0x1e;

/** What a quoted packet tells a socket: struct of the fields err_handler functions read. */
export interface IcmpErrorReport {
  type: number;
  code: number;
  /** The MTU of "fragmentation needed", else 0. */
  mtuBytes: number;
  /** Who sent the error. */
  reporter: number;
  /** The quoted packet: absolute offset of its IP header in `packet.buf`. */
  packet: Packet;
  innerOffset: number;
  innerTransportOffset: number;
}

/**
 * ICMP (RFC 792; net/ipv4/icmp.c): answers echoes, reports errors and hands received errors to sockets.
 * Not modelled: acting on redirects (they are counted), timestamp replies, router discovery.
 */
export class Icmp {
  private readonly netns: NetNamespace;
  private readonly rateLimiter: IcmpRateLimiter<number>;
  /** Messages received and sent by type (IcmpMsgInType, IcmpMsgOutType). */
  readonly inTypes = new Float64Array(256);
  readonly outTypes = new Float64Array(256);
  private readonly redirects = new Map<number, { sent: number; lastNs: number }>();

  constructor(netns: NetNamespace) {
    this.netns = netns;
    this.rateLimiter = new IcmpRateLimiter(netns, new Map());
  }

  /** icmp_rcv. `transportOffset` is at the ICMP header; raw sockets have had their copy. */
  receive(dev: NetDevice, packet: Packet): void {
    const host = this.netns.host;
    const at = packet.transportOffset;
    const length = packet.tail - at;
    if (length < ICMP_HEADER_LENGTH) {
      host.dropPacket(packet, DropReason.HDR_TRUNC, dev);
      return;
    }
    if (packet.ipSummed === CHECKSUM_NONE && !isIcmpChecksumValid(packet.buf, at, length)) {
      host.dropPacket(packet, DropReason.ICMP_CSUM, dev);
      return;
    }
    const type = packet.buf[at]!;
    this.inTypes[type]!++;
    const { tracer } = host.env;
    if (tracer !== null) tracer.step(this.netns, packet, { kind: 'delivered', to: 'icmp', owner: null });
    if (type === ICMP_TYPE.ECHO) {
      this.echo(dev, packet);
      return;
    }
    if (isIcmpError(type)) {
      this.error(dev, packet, type);
      return;
    }
    // Replies are for raw and ping sockets, which have had them; the rest has no handler.
    host.consumePacket(packet);
  }

  /**
   * icmp_send: reports an error about `packet`, whose IPv4 header is at `networkOffset`. `info` is the MTU of
   * FRAG_NEEDED or the gateway of a redirect. The packet stays the caller's.
   */
  sendError(packet: Packet, type: number, code: number, info: number): void {
    const netns = this.netns;
    const at = packet.networkOffset;
    if (!this.mayReport(packet)) return;
    packet.seal();
    const source = ipv4Source(packet.buf, at);
    const destination = ipv4Destination(packet.buf, at);
    const route = netns.ipv4.fib.lookup(source, null, 0, null, packet.mark);
    if (route === null || routeError(route) !== 0) return;
    if (!this.allowed(type, code, source, route)) return;
    const ours = packet.route !== null && packet.route.type === RTN_LOCAL;
    const from = ours ? destination : this.errorSource(route, source);
    if (from === 0) return;
    const mtu = Math.min(MAX_ERROR_LENGTH, netns.ipv4.pathMtu.mtu(route, source));
    const quoted = Math.min(packet.tail - at, mtu - IPV4_HEADER_LENGTH - ICMP_HEADER_LENGTH);
    const error = netns.host.pool.alloc(ICMP_HEADER_LENGTH + quoted);
    error.buf.set(packet.buf.subarray(at, at + quoted), error.head + ICMP_HEADER_LENGTH);
    writeIcmpError(error.buf, error.head, ICMP_HEADER_LENGTH + quoted, type, code, info);
    error.ipSummed = CHECKSUM_UNNECESSARY;
    if (packet.nfct !== null) {
      // nf_conntrack_attach: an error belongs to the connection it is about, in the other direction.
      error.nfct = packet.nfct;
      error.ctInfo = packet.ctInfo >= IP_CT_IS_REPLY ? IP_CT_RELATED : IP_CT_RELATED_REPLY;
    }
    this.outTypes[type]!++;
    const tos = (packet.buf[at + IPV4.TOS]! & TOS_MASK) | PRECEDENCE_INTERNETCONTROL;
    this.push(error, route, from, source, tos);
  }

  /** ipv4_link_failure: the next hop did not answer ARP. */
  sendLinkFailure(packet: Packet): void {
    if (packet.networkOffset < 0) return;
    this.sendError(packet, ICMP_TYPE.DEST_UNREACH, ICMP_UNREACH.HOST_UNREACH, 0);
  }

  /** ip_rt_send_redirect's back-off: at most nine, each twice as long after the last as the one before. */
  mayRedirect(source: number): boolean {
    const now = this.netns.host.sim.nowNs;
    const peer = this.redirects.get(source);
    if (peer === undefined || now > peer.lastNs + 20_480_000_000) {
      this.redirects.set(source, { sent: 1, lastNs: now });
      return true;
    }
    if (peer.sent >= 9) {
      peer.lastNs = now;
      return false;
    }
    if (now <= peer.lastNs + 20_000_000 * 2 ** peer.sent) return false;
    peer.lastNs = now;
    peer.sent++;
    return true;
  }

  /** icmp_echo: the request's data goes back from the address it was sent to. */
  private echo(dev: NetDevice, packet: Packet): void {
    const netns = this.netns;
    const at = packet.networkOffset;
    const isBroadcast = packet.route !== null && packet.route.type === RTN_BROADCAST;
    if (
      netns.sysctl.icmpEchoIgnoreAll !== 0 ||
      (isBroadcast && netns.sysctl.icmpEchoIgnoreBroadcasts !== 0)
    ) {
      netns.host.dropPacket(packet, DropReason.ICMP_BROADCAST_ECHO, dev);
      return;
    }
    const asker = ipv4Source(packet.buf, at);
    const route = netns.ipv4.fib.lookup(asker, null, 0, null, packet.mark);
    if (route === null || routeError(route) !== 0) {
      netns.host.dropPacket(packet, DropReason.IP_OUTNOROUTES, dev);
      return;
    }
    const from = isBroadcast ? selectSourceAddress(netns, dev, asker) : ipv4Destination(packet.buf, at);
    const length = packet.tail - packet.transportOffset;
    const reply = netns.host.pool.alloc(length);
    reply.buf.set(packet.buf.subarray(packet.transportOffset, packet.tail), reply.head);
    reply.buf[reply.head + ICMP.TYPE] = ICMP_TYPE.ECHOREPLY;
    setIcmpChecksum(reply.buf, reply.head, length);
    reply.ipSummed = CHECKSUM_UNNECESSARY;
    const tos = packet.buf[at + IPV4.TOS]!;
    netns.host.consumePacket(packet);
    this.outTypes[ICMP_TYPE.ECHOREPLY]!++;
    this.push(reply, route, from, asker, tos);
  }

  /** icmp_unreach and its siblings: the socket that sent the quoted packet hears of it. */
  private error(dev: NetDevice, packet: Packet, type: number): void {
    const netns = this.netns;
    const at = packet.transportOffset;
    const inner = at + ICMP_HEADER_LENGTH;
    const buf = packet.buf;
    const isWhole =
      packet.tail - inner >= IPV4_HEADER_LENGTH && packet.tail - inner >= ipv4HeaderLength(buf, inner);
    if (!isWhole) {
      netns.host.dropPacket(packet, DropReason.HDR_TRUNC, dev);
      return;
    }
    if (type === ICMP_TYPE.REDIRECT) {
      // Sockets take it for advice on their route, which is not modelled, never for an error (raw_err, __udp4_lib_err).
      netns.host.consumePacket(packet);
      return;
    }
    const report: IcmpErrorReport = {
      type,
      code: buf[at + ICMP.CODE]!,
      mtuBytes: 0,
      reporter: ipv4Source(buf, packet.networkOffset),
      packet,
      innerOffset: inner,
      innerTransportOffset: inner + ipv4HeaderLength(buf, inner),
    };
    if (type === ICMP_TYPE.DEST_UNREACH && report.code === ICMP_UNREACH.FRAG_NEEDED) this.learnMtu(report);
    netns.sockets.raw.icmpError(report);
    switch (buf[inner + IPV4.PROTOCOL]) {
      case PROTO.UDP:
        netns.sockets.udp.icmpError(report);
        break;
      case PROTO.TCP:
        netns.sockets.tcp.icmpError(report);
        break;
      default:
        break;
    }
    netns.host.consumePacket(packet);
  }

  private learnMtu(report: IcmpErrorReport): void {
    const buf = report.packet.buf;
    if (this.netns.sysctl.ipNoPmtuDisc !== 0) return;
    const advertised = get16(buf, report.packet.transportOffset + ICMP.MTU);
    // Routers older than RFC 1191 leave the field zero; Linux then takes the minimum.
    report.mtuBytes = advertised === 0 ? this.netns.sysctl.minPmtu : advertised;
    if (!this.netns.ipv4.fib.isLocal(ipv4Source(buf, report.innerOffset))) return;
    this.netns.ipv4.pathMtu.learn(ipv4Destination(buf, report.innerOffset), report.mtuBytes);
  }

  /** What RFC 1122 section 3.2.2 forbids reporting on. */
  private mayReport(packet: Packet): boolean {
    const at = packet.networkOffset;
    const buf = packet.buf;
    if (packet.tail - at < IPV4_HEADER_LENGTH || packet.pktType !== PACKET_HOST) return false;
    if (packet.route !== null && packet.route.type === RTN_BROADCAST) return false;
    const destination = ipv4Destination(buf, at);
    if (isMulticastAddress(destination) || destination === 0xffffffff) return false;
    if (ipv4FragmentOffset(buf, at) !== 0) return false;
    const source = ipv4Source(buf, at);
    if (source === 0 || isMulticastAddress(source)) return false;
    if (buf[at + IPV4.PROTOCOL] !== PROTO.ICMP) return true;
    const type = buf[at + ipv4HeaderLength(buf, at)];
    return type === undefined || !isIcmpError(type);
  }

  private allowed(type: number, code: number, destination: number, route: Ipv4Route): boolean {
    if (type === ICMP_TYPE.DEST_UNREACH && code === ICMP_UNREACH.FRAG_NEEDED) return true;
    if (((1 << type) & this.netns.sysctl.icmpRatemask) === 0) return true;
    if (outputDevice(this.netns, route) === this.netns.loopback) return true;
    return this.rateLimiter.allow(destination, this.netns.sysctl.icmpRatelimitMs * 1_000_000);
  }

  private errorSource(route: Ipv4Route, target: number): number {
    if (route.prefSrc !== 0) return route.prefSrc;
    if (route.type !== RTN_UNICAST) return target;
    return selectSourceAddress(this.netns, route.dev!, route.gateway !== 0 ? route.gateway : target);
  }

  private push(message: Packet, route: Ipv4Route, from: number, to: number, tos: number): void {
    const netns = this.netns;
    const id = netns.ipv4.identification.next(from, to, PROTO.ICMP);
    ipSend(netns, message, route, from, to, PROTO.ICMP, netns.sysctl.ipDefaultTtl, tos, id, false);
  }
}
