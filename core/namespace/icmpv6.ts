import { get32 } from '../../protocols/bytes.ts';
import { checksumAdd, checksumFold } from '../../protocols/checksum.ts';
import {
  ICMPV6,
  ICMPV6_HEADER_LENGTH,
  ICMPV6_PARAMPROB,
  ICMPV6_TYPE,
  isIcmpv6ChecksumValid,
  isIcmpv6Error,
  writeIcmpv6Error,
} from '../../protocols/icmpv6.ts';
import { put16 } from '../../protocols/bytes.ts';
import { PROTO } from '../../protocols/ipv4.ts';
import {
  IPV6,
  IPV6_HEADER_LENGTH,
  IPV6_MIN_MTU,
  ipv6TrafficClass,
  walkedOffset,
  walkedProtocol,
  walkIpv6Headers,
} from '../../protocols/ipv6.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';
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
import { needsDevice } from './ipv6-address-class.ts';
import { Ipv6AddressMap } from './ipv6-address-map.ts';
import { isLoopbackDevice } from './ipv6-fib.ts';
import { ipSend6, outputDevice6 } from './ipv6-output.ts';
import { RTN_LOCAL } from './ipv4-route.ts';
import { routeError6, type Ipv6Route } from './ipv6-route.ts';
import { selectSourceAddress6 } from './ipv6-source-address.ts';
import type { Ipv6Stack } from './ipv6-stack.ts';

/** net.ipv6.icmp.ratelimit. */
const RATE_LIMIT_NS = 1_000_000_000;

/** What a quoted packet tells a socket: the fields err_handler functions read. */
export interface Icmpv6ErrorReport {
  type: number;
  code: number;
  /** The MTU of "packet too big", else 0. */
  mtuBytes: number;
  /** Who sent the error. */
  reporter: Ipv6Address;
  /** The quoted packet: absolute offsets of its IPv6 header and of its upper-layer header in `packet.buf`. */
  packet: Packet;
  innerOffset: number;
  innerTransportOffset: number;
  innerProtocol: number;
}

/**
 * ICMPv6 (RFC 4443; net/ipv6/icmp.c): answers echoes, reports errors, hands received errors to sockets and the
 * rest to neighbour discovery. Not modelled: MLD queries, node information.
 */
export class Icmpv6 {
  private readonly rateLimiter: IcmpRateLimiter<Ipv6Address>;
  /** net.ipv6.icmp.echo_ignore_all and echo_ignore_multicast. */
  echoIgnoreAll = 0;
  echoIgnoreMulticast = 0;
  /** Messages received and sent by type (Icmp6InType, Icmp6OutType). */
  readonly inTypes = new Float64Array(256);
  readonly outTypes = new Float64Array(256);
  private readonly stack: Ipv6Stack;

  constructor(stack: Ipv6Stack) {
    this.stack = stack;
    this.rateLimiter = new IcmpRateLimiter(stack.netns, new Ipv6AddressMap());
  }

  /** icmpv6_rcv. `transportOffset` is at the ICMPv6 header; raw sockets have had their copy. */
  receive(dev: NetDevice, packet: Packet): void {
    const host = this.stack.netns.host;
    const { buf, transportOffset: at, networkOffset } = packet;
    const length = packet.tail - at;
    if (length < ICMPV6_HEADER_LENGTH) {
      host.dropPacket(packet, DropReason.HDR_TRUNC, dev);
      return;
    }
    const source = networkOffset + IPV6.SOURCE;
    const destination = networkOffset + IPV6.DESTINATION;
    if (packet.ipSummed === CHECKSUM_NONE && !isIcmpv6ChecksumValid(buf, at, length, source, destination)) {
      host.dropPacket(packet, DropReason.ICMP_CSUM, dev);
      return;
    }
    const type = buf[at]!;
    this.inTypes[type]!++;
    const { tracer } = host.env;
    if (tracer !== null)
      tracer.step(this.stack.netns, packet, { kind: 'delivered', to: 'icmpv6', owner: null });
    if (isIcmpv6Error(type)) {
      this.error(dev, packet, type);
    } else if (type === ICMPV6_TYPE.ECHO_REQUEST) {
      this.echo(dev, packet);
    } else if (type >= ICMPV6_TYPE.ROUTER_SOLICITATION && type <= ICMPV6_TYPE.REDIRECT) {
      this.stack.ndisc.receive(dev, packet);
    } else {
      // Replies are for raw and ping sockets, which have had them; the rest has no handler.
      host.consumePacket(packet);
    }
  }

  /**
   * icmpv6_send: reports an error about `packet`, whose IPv6 header is at `networkOffset`. `info` is the MTU of
   * PKT_TOOBIG or the pointer of PARAMPROB. The packet stays the caller's.
   */
  sendError(packet: Packet, type: number, code: number, info: number): void {
    const { netns, fib } = this.stack;
    if (!this.mayReport(packet, type, code)) return;
    const at = packet.networkOffset;
    const to = Ipv6Address.read(packet.buf, at + IPV6.SOURCE);
    const original = Ipv6Address.read(packet.buf, at + IPV6.DESTINATION);
    const inDev = (packet.iif !== 0 ? netns.deviceByIndex(packet.iif) : packet.dev) ?? packet.dev;
    const route = fib.lookup(to, needsDevice(to) ? inDev : null);
    if (route === null || routeError6(route) !== 0) return;
    const outDev = outputDevice6(netns, route);
    if (!isLoopbackDevice(outDev) && !this.isWithinRate(type, to, route.prefixLength)) return;
    const ours = !original.isMulticast() && fib.isLocal(original);
    // To one's own address from that address: rule 1 of RFC 6724.
    const chosen = route.type === RTN_LOCAL ? to : selectSourceAddress6(netns, outDev, to);
    const from = ours ? original : chosen;
    if (from === null) return;
    const most = IPV6_MIN_MTU - IPV6_HEADER_LENGTH - ICMPV6_HEADER_LENGTH;
    const quoted = Math.min(packet.tail - at, most);
    const error = netns.host.pool.alloc(ICMPV6_HEADER_LENGTH + quoted);
    error.buf.set(packet.buf.subarray(at, at + quoted), error.head + ICMPV6_HEADER_LENGTH);
    writeIcmpv6Error(error.buf, error.head, type, code, info);
    error.mark = packet.mark;
    if (packet.nfct !== null) {
      // nf_conntrack_attach: an error belongs to the connection it is about, in the other direction.
      error.nfct = packet.nfct;
      error.ctInfo = packet.ctInfo >= IP_CT_IS_REPLY ? IP_CT_RELATED : IP_CT_RELATED_REPLY;
    }
    this.push(error, route, from, to, 0);
  }

  /** icmpv6_echo_reply: the request's data goes back from the address it was sent to. */
  private echo(dev: NetDevice, packet: Packet): void {
    const { netns, fib } = this.stack;
    const at = packet.networkOffset;
    const asked = Ipv6Address.read(packet.buf, at + IPV6.DESTINATION);
    const isMulticast = asked.isMulticast();
    if (this.echoIgnoreAll !== 0 || (isMulticast && this.echoIgnoreMulticast !== 0)) {
      netns.host.dropPacket(packet, DropReason.ICMP_BROADCAST_ECHO, dev);
      return;
    }
    const asker = Ipv6Address.read(packet.buf, at + IPV6.SOURCE);
    const route = fib.lookup(asker, needsDevice(asker) ? dev : null);
    const usable = route !== null && routeError6(route) === 0;
    const outDev = usable ? outputDevice6(netns, route) : dev;
    const from = isMulticast ? selectSourceAddress6(netns, outDev, asker) : asked;
    if (!usable || from === null) {
      netns.host.dropPacket(packet, DropReason.IP_OUTNOROUTES, dev);
      return;
    }
    const reply = netns.host.pool.alloc(packet.tail - packet.transportOffset);
    reply.buf.set(packet.buf.subarray(packet.transportOffset, packet.tail), reply.head);
    reply.buf[reply.head + ICMPV6.TYPE] = ICMPV6_TYPE.ECHO_REPLY;
    const trafficClass = ipv6TrafficClass(packet.buf, at);
    netns.host.consumePacket(packet);
    this.push(reply, route, from, asker, trafficClass);
  }

  /** icmpv6_notify: the socket that sent the quoted packet hears of it. */
  private error(dev: NetDevice, packet: Packet, type: number): void {
    const { netns, sockets } = this.stack;
    const { buf, transportOffset: at } = packet;
    const inner = at + ICMPV6_HEADER_LENGTH;
    const walk =
      packet.tail - inner >= IPV6_HEADER_LENGTH ? walkIpv6Headers(buf, inner, packet.tail - inner) : -1;
    if (walk < 0) {
      netns.host.dropPacket(packet, DropReason.HDR_TRUNC, dev);
      return;
    }
    const report: Icmpv6ErrorReport = {
      type,
      code: buf[at + ICMPV6.CODE]!,
      mtuBytes: type === ICMPV6_TYPE.PKT_TOOBIG ? get32(buf, at + ICMPV6.MTU) : 0,
      reporter: Ipv6Address.read(buf, packet.networkOffset + IPV6.SOURCE),
      packet,
      innerOffset: inner,
      innerTransportOffset: inner + walkedOffset(walk),
      innerProtocol: walkedProtocol(walk),
    };
    if (type === ICMPV6_TYPE.PKT_TOOBIG) this.learnMtu(report);
    sockets.raw.icmpError(report);
    if (report.innerProtocol === PROTO.UDP) sockets.udp.icmpError(report);
    else if (report.innerProtocol === PROTO.TCP) sockets.tcp.icmpError(report);
    netns.host.consumePacket(packet);
  }

  /** ip6_update_pmtu, when the quoted packet is one of ours. */
  private learnMtu(report: Icmpv6ErrorReport): void {
    const { fib, pathMtu } = this.stack;
    const buf = report.packet.buf;
    if (!fib.isLocal(Ipv6Address.read(buf, report.innerOffset + IPV6.SOURCE))) return;
    pathMtu.learn(Ipv6Address.read(buf, report.innerOffset + IPV6.DESTINATION), report.mtuBytes);
  }

  /** What RFC 4443 section 2.4 (e) forbids reporting on. */
  private mayReport(packet: Packet, type: number, code: number): boolean {
    const { buf, networkOffset: at } = packet;
    if (at < 0 || packet.tail - at < IPV6_HEADER_LENGTH) return false;
    const toGroup = buf[at + IPV6.DESTINATION] === 0xff || packet.pktType !== PACKET_HOST;
    const evenToGroup =
      type === ICMPV6_TYPE.PKT_TOOBIG ||
      (type === ICMPV6_TYPE.PARAMPROB && code === ICMPV6_PARAMPROB.UNK_OPTION);
    if (toGroup && !evenToGroup) return false;
    if (buf[at + IPV6.SOURCE] === 0xff || Ipv6Address.UNSPECIFIED.equalsBytes(buf, at + IPV6.SOURCE)) {
      return false;
    }
    const walk = walkIpv6Headers(buf, at, packet.tail - at);
    if (walk < 0 || walkedProtocol(walk) !== PROTO.ICMPV6) return true;
    const inner = buf[at + walkedOffset(walk)];
    return at + walkedOffset(walk) < packet.tail && inner !== undefined && !isIcmpv6Error(inner);
  }

  /**
   * icmpv6_xrlim_allow: every error but "packet too big" takes a token, which a destination earns the faster the shorter
   * its route's prefix is.
   */
  private isWithinRate(type: number, to: Ipv6Address, prefixLength: number): boolean {
    if (type === ICMPV6_TYPE.PKT_TOOBIG) return true;
    return this.rateLimiter.allow(to, RATE_LIMIT_NS / 2 ** ((128 - prefixLength) >> 5));
  }

  private push(
    message: Packet,
    route: Ipv6Route,
    from: Ipv6Address,
    to: Ipv6Address,
    trafficClass: number,
  ): void {
    const { stack } = this;
    const { buf, head } = message;
    const type = buf[head]!;
    this.outTypes[type]!++;
    const length = message.tail - head;
    put16(buf, head + ICMPV6.CHECKSUM, 0);
    const sum = checksumAdd(pseudoHeaderSumOf(from, to, PROTO.ICMPV6, length), buf, head, length);
    put16(buf, head + ICMPV6.CHECKSUM, ~checksumFold(sum) & 0xffff);
    message.ipSummed = CHECKSUM_UNNECESSARY;
    const hopLimit = stack.hopLimitFor(route, to);
    const label = stack.flowLabel(from, to, PROTO.ICMPV6, 0);
    ipSend6(stack.netns, message, route, from, to, PROTO.ICMPV6, hopLimit, trafficClass, label);
  }
}

/** The running sum of the pseudo-header of two addresses that are not in a packet yet. */
export function pseudoHeaderSumOf(
  source: Ipv6Address,
  destination: Ipv6Address,
  protocol: number,
  length: number,
): number {
  return (
    source.w0 +
    source.w1 +
    source.w2 +
    source.w3 +
    destination.w0 +
    destination.w1 +
    destination.w2 +
    destination.w3 +
    protocol +
    length
  );
}
