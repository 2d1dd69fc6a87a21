import { IPV4, PROTO, ipv4Destination, ipv4Source } from '../../protocols/ipv4.ts';
import { get16, put16 } from '../../protocols/bytes.ts';
import { checksumAddWords, checksumFold, pseudoHeaderSum } from '../../protocols/checksum.ts';
import { UDP, UDP_HEADER_LENGTH, writeUdpHeader } from '../../protocols/udp.ts';
import { Stage } from '../host/cost-meter.ts';
import type { Process, ProcessResource } from '../host/process.ts';
import { WaitQueue } from '../host/wait-queue.ts';
import type { NetDevice } from '../device/net-device.ts';
import { isMulticastAddress } from '../namespace/ipv4-address-class.ts';
import { ipSend, routeError } from '../namespace/ipv4-output.ts';
import { selectSourceAddress } from '../namespace/ipv4-fib.ts';
import { RTN_BROADCAST, RTN_LOCAL, type Ipv4Route } from '../namespace/ipv4-route.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { DropReason } from '../packet/drop-reason.ts';
import { CHECKSUM_UNNECESSARY, type Packet } from '../packet/packet.ts';
import { EACCES, EADDRINUSE, EADDRNOTAVAIL, EINVAL, EMSGSIZE, ENETUNREACH, ENOTCONN } from './errno.ts';

/** The longest datagram: 65535 bytes less the IPv4 and UDP headers. */
const MAX_PAYLOAD = 65507;
/** Buffer memory charged for a datagram beside its bytes (skb truesize, roughly). */
const DATAGRAM_OVERHEAD = 768;

/** IP_MTU_DISCOVER (include/uapi/linux/in.h). */
export const IP_PMTUDISC_DONT = 0;
export const IP_PMTUDISC_WANT = 1;
export const IP_PMTUDISC_DO = 2;
export const IP_PMTUDISC_PROBE = 3;

/** A received datagram. `data` is the receiver's to keep. */
export interface Datagram {
  source: number;
  sourcePort: number;
  /** The address it was sent to (IP_PKTINFO). */
  destination: number;
  data: Uint8Array;
  ttl: number;
  tos: number;
  receivedNs: number;
}

/** Handles datagrams in the kernel's place, as an encap_rcv function does (VXLAN, ESP in UDP). */
export interface UdpEncapReceiver {
  /** Takes the packet, whose `head` is past the UDP header. */
  receiveEncapsulated(dev: NetDevice, packet: Packet): void;
}

/** An IPv4 UDP socket. Calls return 0 or a positive error number. */
export class UdpSocket implements ProcessResource {
  readonly netns: NetNamespace;
  localAddress = 0;
  localPort = 0;
  remoteAddress = 0;
  remotePort = 0;
  /** SO_BINDTODEVICE, or null. */
  boundDev: NetDevice | null = null;
  reuseAddress = false;
  reusePort = false;
  broadcast = false;
  pmtuDiscover = IP_PMTUDISC_WANT;
  ttl = 0;
  tos = 0;
  mark = 0;
  /** Datagrams go to this instead of the queue. */
  encap: UdpEncapReceiver | null = null;
  receiveBufferBytes: number;
  /** Error waiting for the next call (SO_ERROR). */
  softError = 0;
  /** IP_RECVERR: errors of any kind are reported. */
  recvErr = false;
  readonly groups = new Set<number>();
  /** Woken when a datagram or an error is there. */
  readonly readable = new WaitQueue();
  drops = 0;
  closed = false;
  /** The process that opened it, for ss and netstat; null for the kernel's own. */
  owner: Process | null = null;
  private ring: (Packet | null)[] = new Array<Packet | null>(16).fill(null);
  private firstQueued = 0;
  private queued = 0;
  private queuedBytes = 0;
  private route: Ipv4Route | null = null;
  private routeGeneration = -1;
  /** sk_txhash: the flow hash of a connected socket's packets, 0 before connect. */
  private txHash = 0;
  /** inet_id: the IP identification of a connected socket's datagrams. */
  private nextId: number;

  constructor(netns: NetNamespace, owner: Process | null = null) {
    this.netns = netns;
    this.receiveBufferBytes = netns.sysctl.rmemDefault;
    this.nextId = netns.sockets.udp.random.below(65536);
    this.owner = owner;
    owner?.own(this);
  }

  /** bind(2). Port 0 takes a free one of the local range. */
  bind(address: number, port: number): number {
    if (this.localPort !== 0) return EINVAL;
    if (address !== 0 && this.netns.sysctl.ipNonlocalBind === 0) {
      const type = this.netns.ipv4.fib.addressType(address);
      if (type !== RTN_LOCAL && type !== RTN_BROADCAST && !isMulticastAddress(address)) return EADDRNOTAVAIL;
    }
    this.localAddress = address;
    if (this.netns.sockets.udp.bind(this, port)) return 0;
    this.localAddress = 0;
    return EADDRINUSE;
  }

  /** connect(2): fixes the peer and the source address. */
  connect(address: number, port: number): number {
    const route = this.netns.ipv4.fib.lookup(address, this.boundDev, this.localAddress, null, this.mark);
    if (route === null) return ENETUNREACH;
    const error = routeError(route);
    if (error !== 0) return error;
    if (route.type === RTN_BROADCAST && !this.broadcast) return EACCES;
    if (this.localAddress === 0) this.localAddress = this.sourceFor(route, address);
    this.remoteAddress = address;
    this.remotePort = port;
    if (this.localPort === 0 && !this.netns.sockets.udp.bind(this, 0)) return EADDRINUSE;
    this.route = null;
    this.txHash = this.netns.sockets.udp.drawTxHash();
    return 0;
  }

  /** send(2) on a connected socket. */
  send(data: Uint8Array): number {
    if (this.remotePort === 0) return ENOTCONN;
    return this.sendTo(data, this.remoteAddress, this.remotePort);
  }

  /** sendto(2). The data is copied. An error left by ICMP is returned first, once. */
  sendTo(data: Uint8Array, address: number, port: number, source = 0): number {
    if (this.softError !== 0) return this.takeError();
    if (data.length > MAX_PAYLOAD) return EMSGSIZE;
    if (port === 0) return EINVAL;
    if (this.localPort === 0) {
      if (!this.netns.sockets.udp.bind(this, 0)) return EADDRINUSE;
    }
    const netns = this.netns;
    const route = this.routeTo(address);
    if (route === null) return ENETUNREACH;
    const unusable = routeError(route);
    if (unusable !== 0) return unusable;
    if (route.type === RTN_BROADCAST && !this.broadcast && !isMulticastAddress(address)) return EACCES;
    const from =
      source !== 0 ? source : this.localAddress !== 0 ? this.localAddress : this.sourceFor(route, address);
    const length = UDP_HEADER_LENGTH + data.length;
    const mtu = netns.ipv4.pathMtu.mtu(route, address);
    const fits = length + 20 <= mtu;
    if (!fits && this.pmtuDiscover >= IP_PMTUDISC_DO) return EMSGSIZE;
    const packet = netns.host.pool.alloc(length);
    packet.buf.set(data, packet.head + UDP_HEADER_LENGTH);
    writeUdpHeader(packet.buf, packet.head, this.localPort, port, length);
    const sum = pseudoHeaderSum(from, address, PROTO.UDP, length);
    const check =
      ~checksumFold(checksumAddWords(sum, packet.buf, packet.words, packet.head, length)) & 0xffff;
    put16(packet.buf, packet.head + UDP.CHECKSUM, check === 0 ? 0xffff : check);
    packet.ipSummed = CHECKSUM_UNNECESSARY;
    packet.mark = this.mark;
    packet.flowHash = this.txHash;
    if (netns.host.cost !== null) {
      netns.host.cost.chargeSystemCall(data.length);
      netns.host.cost.charge(Stage.socketSend, data.length);
    }
    const dontFragment = fits && this.pmtuDiscover !== IP_PMTUDISC_DONT;
    const id = this.identification(from, address, dontFragment);
    return ipSend(
      netns,
      packet,
      route,
      from,
      address,
      PROTO.UDP,
      this.ttlFor(address),
      this.tos,
      id,
      dontFragment,
    );
  }

  /** recvfrom(2) without blocking: the oldest datagram, or null. */
  receive(): Datagram | null {
    const packet = this.dequeue();
    if (packet === null) return null;
    this.chargeReceive(packet);
    const buf = packet.buf;
    const at = packet.networkOffset;
    const datagram: Datagram = {
      source: ipv4Source(buf, at),
      sourcePort: get16(buf, packet.transportOffset + UDP.SOURCE_PORT),
      destination: ipv4Destination(buf, at),
      data: buf.slice(packet.transportOffset + UDP_HEADER_LENGTH, packet.tail),
      ttl: buf[at + IPV4.TTL]!,
      tos: buf[at + IPV4.TOS]!,
      receivedNs: packet.timestampNs,
    };
    this.netns.host.consumePacket(packet);
    return datagram;
  }

  /** The same into a buffer of the caller's, without allocating: the datagram's length (cut to fit), −1 for none. */
  receiveInto(target: Uint8Array): number {
    const packet = this.dequeue();
    if (packet === null) return -1;
    this.chargeReceive(packet);
    const from = packet.transportOffset + UDP_HEADER_LENGTH;
    const length = Math.min(target.length, packet.tail - from);
    for (let i = 0; i < length && length < 32; i++) target[i] = packet.buf[from + i]!;
    if (length >= 32) target.set(packet.buf.subarray(from, from + length));
    this.netns.host.consumePacket(packet);
    return length;
  }

  get hasData(): boolean {
    return this.queued > 0;
  }

  /** Bytes waiting to be read. */
  get queuedDataBytes(): number {
    return this.queuedBytes;
  }

  /** getsockopt(SO_ERROR): the pending error, cleared. */
  takeError(): number {
    const error = this.softError;
    this.softError = 0;
    return error;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (let packet = this.dequeue(); packet !== null; packet = this.dequeue()) {
      this.netns.host.dropPacket(packet, DropReason.NO_SOCKET);
    }
    this.netns.sockets.udp.unbind(this);
    this.owner?.disown(this);
    this.readable.wake();
  }

  releasedBy(_process: Process): void {
    this.close();
  }

  /** For the table: queues a datagram, whose headers stay readable; false when the receive buffer is full. */
  enqueue(packet: Packet): boolean {
    const size = packet.tail - packet.transportOffset + DATAGRAM_OVERHEAD;
    if (this.queuedBytes + size > this.receiveBufferBytes) {
      this.drops++;
      return false;
    }
    this.queuedBytes += size;
    if (this.queued === this.ring.length) this.growRing();
    this.ring[(this.firstQueued + this.queued) % this.ring.length] = packet;
    this.queued++;
    this.readable.wake();
    return true;
  }

  /** For the table: an ICMP error about a datagram of this socket. */
  reportError(errno: number): void {
    this.softError = errno;
    this.readable.wake();
  }

  private chargeReceive(packet: Packet): void {
    const { cost } = this.netns.host;
    if (cost !== null) cost.chargeSystemCall(packet.tail - packet.transportOffset - UDP_HEADER_LENGTH);
  }

  private dequeue(): Packet | null {
    if (this.queued === 0) return null;
    const packet = this.ring[this.firstQueued]!;
    this.ring[this.firstQueued] = null;
    this.firstQueued = (this.firstQueued + 1) % this.ring.length;
    this.queued--;
    this.queuedBytes -= packet.tail - packet.transportOffset + DATAGRAM_OVERHEAD;
    return packet;
  }

  private growRing(): void {
    const grown = new Array<Packet | null>(this.ring.length * 2).fill(null);
    for (let i = 0; i < this.queued; i++) grown[i] = this.ring[(this.firstQueued + i) % this.ring.length]!;
    this.ring = grown;
    this.firstQueued = 0;
  }

  private routeTo(address: number): Ipv4Route | null {
    const fib = this.netns.ipv4.fib;
    if (this.route !== null && this.routeGeneration === fib.generation && address === this.remoteAddress) {
      return this.route;
    }
    const route = fib.lookup(address, this.boundDev, this.localAddress, null, this.mark, this.tos);
    if (route !== null && address === this.remoteAddress) {
      this.route = route;
      this.routeGeneration = fib.generation;
    }
    return route;
  }

  private sourceFor(route: Ipv4Route, destination: number): number {
    if (route.prefSrc !== 0) return route.prefSrc;
    return selectSourceAddress(this.netns, route.dev!, route.gateway !== 0 ? route.gateway : destination);
  }

  private ttlFor(address: number): number {
    if (isMulticastAddress(address)) return 1;
    return this.ttl !== 0 ? this.ttl : this.netns.sysctl.ipDefaultTtl;
  }

  /** ip_select_ident: connected sockets count for themselves; PMTUDISC_DO needs no id. */
  private identification(from: number, to: number, dontFragment: boolean): number {
    if (this.remotePort !== 0) {
      const id = this.nextId;
      this.nextId = (id + 1) & 0xffff;
      return id;
    }
    if (dontFragment && this.pmtuDiscover >= IP_PMTUDISC_DO) return 0;
    return this.netns.ipv4.identification.next(from, to, PROTO.UDP);
  }
}
