import { get16, put16 } from '../../protocols/bytes.ts';
import { checksumAddWords, checksumFold } from '../../protocols/checksum.ts';
import { PROTO } from '../../protocols/ipv4.ts';
import { IPV6, IPV6_HEADER_LENGTH, ipv6TrafficClass } from '../../protocols/ipv6.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';
import { UDP, UDP_HEADER_LENGTH, writeUdpHeader } from '../../protocols/udp.ts';
import type { NetDevice } from '../device/net-device.ts';
import { Stage } from '../host/cost-meter.ts';
import type { Process, ProcessResource } from '../host/process.ts';
import { WaitQueue } from '../host/wait-queue.ts';
import { pseudoHeaderSumOf } from '../namespace/icmpv6.ts';
import { ipSend6 } from '../namespace/ipv6-output.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { DropReason } from '../packet/drop-reason.ts';
import { CHECKSUM_UNNECESSARY, type Packet } from '../packet/packet.ts';
import { EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EINVAL, EMSGSIZE, ENETUNREACH, ENOTCONN } from './errno.ts';
import { ipv4Mapped, mappedIpv4 } from './ipv4-mapped.ts';
import { chooseRoute6 } from './route6-for.ts';
import { IP_PMTUDISC_DO, IP_PMTUDISC_WANT, UdpSocket } from './udp-socket.ts';

/** The longest datagram: 65535 bytes less the UDP header. */
const MAX_PAYLOAD = 65527;
const DATAGRAM_OVERHEAD = 768;

/** A received datagram. `data` is the receiver's to keep. An IPv4 sender shows as ::ffff:a.b.c.d. */
export interface Datagram6 {
  source: Ipv6Address;
  sourcePort: number;
  /** The device it came in on: the zone of a link-local source. */
  dev: NetDevice | null;
  /** The address it was sent to (IPV6_PKTINFO). */
  destination: Ipv6Address;
  data: Uint8Array;
  hopLimit: number;
  trafficClass: number;
  receivedNs: number;
}

/** The IPv4 half of a dual-stack socket: what it receives wakes whoever waits for the whole. */
class Ipv4Half extends UdpSocket {
  private readonly whole: Udp6Socket;

  constructor(whole: Udp6Socket) {
    super(whole.netns);
    this.whole = whole;
  }

  override enqueue(packet: Packet): boolean {
    const taken = super.enqueue(packet);
    if (taken) this.whole.readable.wake();
    return taken;
  }

  override reportError(errno: number): void {
    this.whole.reportError(errno);
  }
}

/**
 * An IPv6 UDP socket. Calls return 0 or a positive error number. Bound to :: without `v6Only` it is a dual-stack
 * one: an IPv4 socket inside it takes and sends what belongs to IPv4-mapped addresses.
 */
export class Udp6Socket implements ProcessResource {
  readonly netns: NetNamespace;
  localAddress = Ipv6Address.UNSPECIFIED;
  localPort = 0;
  remoteAddress = Ipv6Address.UNSPECIFIED;
  remotePort = 0;
  /** SO_BINDTODEVICE, or the zone of a link-local peer; null for any device. */
  boundDev: NetDevice | null = null;
  /** IPV6_V6ONLY (net.ipv6.bindv6only is 0). */
  v6Only = false;
  reuseAddress = false;
  reusePort = false;
  pmtuDiscover = IP_PMTUDISC_WANT;
  /** IPV6_UNICAST_HOPS, 0 for the route's; multicasts go out with 1. */
  hopLimit = 0;
  multicastHops = 1;
  trafficClass = 0;
  mark = 0;
  receiveBufferBytes: number;
  softError = 0;
  /** IPV6_RECVERR: errors of any kind are reported. */
  recvErr = false;
  readonly groups: Ipv6Address[] = [];
  readonly readable = new WaitQueue();
  drops = 0;
  closed = false;
  owner: Process | null;
  private half: Ipv4Half | null = null;
  private readonly queue: Packet[] = [];
  private queuedBytes = 0;

  constructor(netns: NetNamespace, owner: Process | null = null) {
    this.netns = netns;
    this.receiveBufferBytes = netns.sysctl.rmemDefault;
    this.owner = owner;
    owner?.own(this);
  }

  /** bind(2). Port 0 takes one that is free in both families where the socket uses both. */
  bind(address: Ipv6Address, port: number): number {
    const stack = this.netns.ipv6;
    if (stack === null) return EAFNOSUPPORT;
    if (this.localPort !== 0) return EINVAL;
    const isOurs = address.isUnspecified() || address.isMulticast() || stack.fib.isLocal(address);
    if (!isOurs && this.netns.sysctl.ipNonlocalBind === 0) return EADDRNOTAVAIL;
    this.localAddress = address;
    if (!stack.sockets.udp.bind(this, port)) {
      this.localAddress = Ipv6Address.UNSPECIFIED;
      return EADDRINUSE;
    }
    if (this.v6Only || !address.isUnspecified()) return 0;
    const error = this.ipv4Half().bind(0, this.localPort);
    if (error !== 0) {
      stack.sockets.udp.unbind(this);
      this.localPort = 0;
    }
    return error;
  }

  /** connect(2): fixes the peer and the source address. `dev` is the zone of a link-local peer. */
  connect(address: Ipv6Address, port: number, dev: NetDevice | null = this.boundDev): number {
    const mapped = mappedIpv4(address);
    if (mapped !== null) return this.connectMapped(mapped, port);
    const choice = chooseRoute6(this.netns, address, dev, this.localAddress);
    if (choice.error !== 0) return choice.error;
    this.localAddress = choice.source!;
    this.remoteAddress = address;
    this.remotePort = port;
    if (address.isLinkLocal()) this.boundDev = dev;
    return this.localPort !== 0 || this.netns.ipv6!.sockets.udp.bind(this, 0) ? 0 : EADDRINUSE;
  }

  /** send(2) on a connected socket. */
  send(data: Uint8Array): number {
    if (this.remotePort === 0) return ENOTCONN;
    return this.sendTo(data, this.remoteAddress, this.remotePort);
  }

  /** sendto(2). The data is copied. An error left by ICMPv6 is returned first, once. */
  sendTo(
    data: Uint8Array,
    address: Ipv6Address,
    port: number,
    dev: NetDevice | null = this.boundDev,
  ): number {
    if (this.softError !== 0) return this.takeError();
    const mapped = mappedIpv4(address);
    if (mapped !== null) return this.v6Only ? ENETUNREACH : this.ipv4Half().sendTo(data, mapped, port);
    const stack = this.netns.ipv6;
    if (stack === null) return EAFNOSUPPORT;
    if (data.length > MAX_PAYLOAD) return EMSGSIZE;
    if (port === 0) return EINVAL;
    if (this.localPort === 0 && !stack.sockets.udp.bind(this, 0)) return EADDRINUSE;
    const choice = chooseRoute6(this.netns, address, dev, this.localAddress);
    if (choice.error !== 0) return choice.error;
    const route = choice.route!;
    const source = choice.source!;
    const length = UDP_HEADER_LENGTH + data.length;
    const fits = length + IPV6_HEADER_LENGTH <= stack.pathMtu.mtu(route, address);
    if (!fits && this.pmtuDiscover >= IP_PMTUDISC_DO) return EMSGSIZE;
    const { host } = this.netns;
    const packet = host.pool.alloc(length);
    const { buf, head } = packet;
    buf.set(data, head + UDP_HEADER_LENGTH);
    writeUdpHeader(buf, head, this.localPort, port, length);
    const sum = pseudoHeaderSumOf(source, address, PROTO.UDP, length);
    const check = ~checksumFold(checksumAddWords(sum, buf, packet.words, head, length)) & 0xffff;
    put16(buf, head + UDP.CHECKSUM, check === 0 ? 0xffff : check);
    packet.ipSummed = CHECKSUM_UNNECESSARY;
    packet.mark = this.mark;
    if (host.cost !== null) {
      host.cost.chargeSystemCall(data.length);
      host.cost.charge(Stage.socketSend, data.length);
    }
    const label = stack.flowLabel(source, address, PROTO.UDP, ((this.localPort << 16) | port) >>> 0);
    const hops = address.isMulticast()
      ? this.multicastHops
      : this.hopLimit || stack.hopLimitFor(route, address);
    return ipSend6(this.netns, packet, route, source, address, PROTO.UDP, hops, this.trafficClass, label);
  }

  /** IPV6_JOIN_GROUP on a device. */
  joinGroup(group: Ipv6Address, dev: NetDevice): number {
    if (dev.ipv6 === null || !group.isMulticast()) return EINVAL;
    this.groups.push(group);
    dev.ipv6.multicast.join(group);
    return 0;
  }

  /** recvfrom(2) without blocking: the oldest datagram, or null. */
  receive(): Datagram6 | null {
    const packet = this.queue.shift();
    if (packet === undefined) return this.receiveMapped();
    this.queuedBytes -= sizeOf(packet);
    const { cost } = this.netns.host;
    if (cost !== null) cost.chargeSystemCall(packet.tail - packet.transportOffset - UDP_HEADER_LENGTH);
    const { buf, networkOffset: at, transportOffset } = packet;
    const datagram: Datagram6 = {
      source: Ipv6Address.read(buf, at + IPV6.SOURCE),
      sourcePort: get16(buf, transportOffset + UDP.SOURCE_PORT),
      dev: packet.dev,
      destination: Ipv6Address.read(buf, at + IPV6.DESTINATION),
      data: buf.slice(transportOffset + UDP_HEADER_LENGTH, packet.tail),
      hopLimit: buf[at + IPV6.HOP_LIMIT]!,
      trafficClass: ipv6TrafficClass(buf, at),
      receivedNs: packet.timestampNs,
    };
    this.netns.host.consumePacket(packet);
    return datagram;
  }

  get hasData(): boolean {
    return this.queue.length > 0 || (this.half?.hasData ?? false);
  }

  /** Bytes waiting to be read. */
  get queuedDataBytes(): number {
    return this.queuedBytes + (this.half?.queuedDataBytes ?? 0);
  }

  takeError(): number {
    const error = this.softError;
    this.softError = 0;
    return error;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const packet of this.queue.splice(0)) this.netns.host.dropPacket(packet, DropReason.NO_SOCKET);
    this.netns.ipv6?.sockets.udp.unbind(this);
    this.half?.close();
    this.owner?.disown(this);
    this.readable.wake();
  }

  releasedBy(_process: Process): void {
    this.close();
  }

  /** For the table: queues a datagram, whose headers stay readable; false when the receive buffer is full. */
  enqueue(packet: Packet): boolean {
    const size = sizeOf(packet);
    if (this.queuedBytes + size > this.receiveBufferBytes) {
      this.drops++;
      return false;
    }
    this.queuedBytes += size;
    this.queue.push(packet);
    this.readable.wake();
    return true;
  }

  /** For the table: an ICMPv6 error about a datagram of this socket. */
  reportError(errno: number): void {
    this.softError = errno;
    this.readable.wake();
  }

  private ipv4Half(): Ipv4Half {
    if (this.half === null) {
      this.half = new Ipv4Half(this);
      this.half.reuseAddress = this.reuseAddress;
      this.half.reusePort = this.reusePort;
      this.half.boundDev = this.boundDev;
      this.half.mark = this.mark;
    }
    return this.half;
  }

  private connectMapped(address: number, port: number): number {
    if (this.v6Only) return ENETUNREACH;
    const half = this.ipv4Half();
    const error = half.connect(address, port);
    if (error !== 0) return error;
    this.localAddress = ipv4Mapped(half.localAddress);
    this.localPort = half.localPort;
    this.remoteAddress = ipv4Mapped(address);
    this.remotePort = port;
    return 0;
  }

  private receiveMapped(): Datagram6 | null {
    const datagram = this.half?.receive() ?? null;
    if (datagram === null) return null;
    return {
      source: ipv4Mapped(datagram.source),
      sourcePort: datagram.sourcePort,
      dev: null,
      destination: ipv4Mapped(datagram.destination),
      data: datagram.data,
      hopLimit: datagram.ttl,
      trafficClass: datagram.tos,
      receivedNs: datagram.receivedNs,
    };
  }
}

function sizeOf(packet: Packet): number {
  return packet.tail - packet.transportOffset + DATAGRAM_OVERHEAD;
}
