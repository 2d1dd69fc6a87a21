import { get16, get32 } from '../../../protocols/bytes.ts';
import {
  checksumAddWords,
  checksumFold,
  pseudoHeaderSum,
  pseudoHeaderSum6,
} from '../../../protocols/checksum.ts';
import { ETHERTYPE } from '../../../protocols/ethernet.ts';
import {
  IPV4,
  IPV4_FLAG,
  IPV4_HEADER_LENGTH,
  PROTO,
  ipv4Destination,
  ipv4Source,
} from '../../../protocols/ipv4.ts';
import { IPV6, IPV6_HEADER_LENGTH } from '../../../protocols/ipv6.ts';
import {
  ACK,
  CWR,
  FIN,
  PSH,
  RST,
  SYN,
  TCP_ACKNOWLEDGEMENT,
  TCP_DATA_OFFSET,
  TCP_FLAGS,
  TCP_HEADER_BYTES,
  TCP_SEQUENCE,
  URG,
} from '../../../protocols/tcp/tcp-header.ts';
import { setNetworkLength, setTcpChecksum, tcpPayloadOffset } from '../../packet/gso.ts';
import { CHECKSUM_UNNECESSARY, type Packet } from '../../packet/packet.ts';
import type { SimEvent } from '../../sim/event.ts';
import type { NetDevice } from '../net-device.ts';

/** gro_max_size: a merged packet is shorter. */
const GRO_MAX_BYTES = 65536;
/** MAX_GRO_SKBS for each of 8 buckets. */
const MAX_FLOWS = 64;
/** NAPI_POLL_WEIGHT: frames taken before what is held must go up. */
export const POLL_BUDGET = 64;
const ETHERNET_BYTES = 14;
/** Room for a merged packet, behind headroom. */
const MERGED_BYTES = 65536;

/** A packet that may grow, and what its next segment must look like. */
class HeldFlow {
  packet: Packet | null = null;
  segments = 0;
  /** Payload bytes of the first segment. */
  mss = 0;
}

/**
 * Generic receive offload (net/core/gro.c, tcp4_gro_receive): in-order segments of a flow that a card receives in one
 * poll go up the stack as one packet. A poll is the frames of one instant or, under a cost profile, those that wait in
 * the ring while the core comes to them; POLL_BUDGET at most.
 * Not modelled: merging behind VLAN tags and inside tunnels, UDP, IP options and IPv6 extension headers, eight buckets
 * of flows (here is one table as large as all of them).
 */
export class Gro implements SimEvent {
  timeNs = 0;
  seq = 0;
  private readonly dev: NetDevice;
  private readonly held: HeldFlow[] = Array.from({ length: MAX_FLOWS }, () => new HeldFlow());
  /** How many of `held` are in use, oldest first. */
  private count = 0;
  private polled = 0;
  private polledBefore = 0;
  private isQueued = false;
  /** Where the headers of the frame in hand are. */
  private network = 0;
  private tcp = 0;
  private payload = 0;

  constructor(dev: NetDevice) {
    this.dev = dev;
  }

  /** Frames since the last flush. */
  get framesPolled(): number {
    return this.polled;
  }

  /** napi_gro_receive: holds or merges the frame, or passes it up. */
  receive(packet: Packet): void {
    this.polled++;
    if (!this.readHeaders(packet)) {
      this.passUp(packet);
      return;
    }
    const at = this.findFlow(packet);
    const length = packet.tail - this.payload;
    const flags = packet.buf[this.tcp + TCP_FLAGS]!;
    if (at >= 0) {
      if (this.canMerge(this.held[at]!, packet, length, flags)) {
        this.merge(this.held[at]!, packet, length, flags);
        // A short segment or a pushed one ends the packet.
        if (length < this.held[at]!.mss || (flags & (URG | PSH | RST | SYN | FIN)) !== 0) this.complete(at);
        return;
      }
      this.complete(at);
    }
    if (length === 0 || (flags & (URG | PSH | RST | SYN | FIN | CWR)) !== 0 || (flags & ACK) === 0) {
      this.passUp(packet);
      return;
    }
    this.hold(packet, length);
  }

  /** napi_gro_flush: all that is held goes up, oldest first. */
  flush(): void {
    this.polled = 0;
    this.polledBefore = 0;
    while (this.count > 0) this.complete(0);
  }

  /** Flushes at the end of this instant, or when the budget is used up. */
  flushAfterInstant(): void {
    if (this.polled >= POLL_BUDGET) this.flush();
    else if (!this.isQueued) this.queue();
  }

  /** For the event queue. Frames of a lane come one event each: the poll is over when an event saw none come before it. */
  fire(): void {
    this.isQueued = false;
    if (this.polled === this.polledBefore) this.flush();
    else this.queue();
  }

  private queue(): void {
    const { sim } = this.dev.host;
    this.polledBefore = this.polled;
    this.timeNs = sim.nowNs;
    this.seq = sim.drawSeq();
    this.isQueued = true;
    sim.enqueue(this);
  }

  /** inet_gro_receive, ipv6_gro_receive: false for what is not a plain TCP segment with right checksums. */
  private readHeaders(packet: Packet): boolean {
    const { buf, head } = packet;
    const network = head + ETHERNET_BYTES;
    this.network = network;
    const length = packet.tail - network;
    if (length < IPV4_HEADER_LENGTH + TCP_HEADER_BYTES) return false;
    const type = get16(buf, head + 12);
    if (type === ETHERTYPE.IPV4) {
      if (buf[network] !== 0x45 || buf[network + IPV4.PROTOCOL] !== PROTO.TCP) return false;
      if (get16(buf, network + IPV4.TOTAL_LENGTH) !== length) return false;
      if ((get16(buf, network + IPV4.FLAGS_FRAGMENT) & ~IPV4_FLAG.DF) !== 0) return false;
      if (checksumFold(checksumAddWords(0, buf, packet.words, network, IPV4_HEADER_LENGTH)) !== 0xffff)
        return false;
      this.tcp = network + IPV4_HEADER_LENGTH;
    } else if (type === ETHERTYPE.IPV6) {
      if (length < IPV6_HEADER_LENGTH + TCP_HEADER_BYTES || buf[network + IPV6.NEXT_HEADER] !== PROTO.TCP)
        return false;
      if (get16(buf, network + IPV6.PAYLOAD_LENGTH) !== length - IPV6_HEADER_LENGTH) return false;
      this.tcp = network + IPV6_HEADER_LENGTH;
    } else return false;
    this.payload = tcpPayloadOffset(buf, this.tcp);
    if (this.payload > packet.tail || buf[this.tcp + TCP_DATA_OFFSET]! >>> 4 < 5) return false;
    return this.isChecksumRight(packet);
  }

  private isChecksumRight(packet: Packet): boolean {
    if (packet.ipSummed === CHECKSUM_UNNECESSARY) return true;
    const { buf } = packet;
    const { network: at, tcp } = this;
    const length = packet.tail - tcp;
    const pseudo =
      tcp - at === IPV4_HEADER_LENGTH
        ? pseudoHeaderSum(ipv4Source(buf, at), ipv4Destination(buf, at), PROTO.TCP, length)
        : pseudoHeaderSum6(buf, at + IPV6.SOURCE, at + IPV6.DESTINATION, PROTO.TCP, length);
    return checksumFold(checksumAddWords(pseudo, buf, packet.words, tcp, length)) === 0xffff;
  }

  /** The flow that the frame in hand belongs to: same link header, addresses and ports; −1 for none. */
  private findFlow(packet: Packet): number {
    const addresses = this.network + (this.isIpv4 ? IPV4.SOURCE : IPV6.SOURCE) - packet.head;
    const end = this.tcp + 4 - packet.head;
    for (let i = 0; i < this.count; i++) {
      const other = this.held[i]!.packet!;
      if (!isSame(packet, other, 0, ETHERNET_BYTES)) continue;
      // The addresses end the IP header, and the ports begin the TCP header.
      if (isSame(packet, other, addresses, end)) return i;
    }
    return -1;
  }

  private get isIpv4(): boolean {
    return this.tcp - this.network === IPV4_HEADER_LENGTH;
  }

  /** The conditions of tcp_gro_receive and of the IP layer below it. */
  private canMerge(flow: HeldFlow, packet: Packet, length: number, flags: number): boolean {
    const first = flow.packet!;
    const { buf, head } = packet;
    const other = first.buf;
    const shift = first.head - head;
    const { network, tcp, payload } = this;
    if (!this.isNextOfIp(flow, packet, shift)) return false;
    if ((flags & CWR) !== 0 || ((flags ^ other[tcp + shift + TCP_FLAGS]!) & ~(CWR | FIN | PSH)) !== 0)
      return false;
    if (get32(buf, tcp + TCP_ACKNOWLEDGEMENT) !== get32(other, tcp + shift + TCP_ACKNOWLEDGEMENT))
      return false;
    if (buf[tcp + TCP_DATA_OFFSET] !== other[tcp + shift + TCP_DATA_OFFSET]) return false;
    // The window may differ (the kernel compares no window), the options may not.
    if (!isSame(packet, first, tcp + TCP_HEADER_BYTES - head, payload - head)) return false;
    if (length === 0 || length > flow.mss) return false;
    const held = first.tail - (payload + shift);
    if ((get32(other, tcp + shift + TCP_SEQUENCE) + held) >>> 0 !== get32(buf, tcp + TCP_SEQUENCE))
      return false;
    return first.tail - (network + shift) + length < GRO_MAX_BYTES;
  }

  /** TTL, TOS and DF must be the same, and an IPv4 identification goes up by one. */
  private isNextOfIp(flow: HeldFlow, packet: Packet, shift: number): boolean {
    const { buf } = packet;
    const other = flow.packet!.buf;
    const at = this.network;
    if (!this.isIpv4) {
      const sameWord = get32(buf, at) === get32(other, at + shift);
      return sameWord && buf[at + IPV6.HOP_LIMIT] === other[at + shift + IPV6.HOP_LIMIT];
    }
    if (
      buf[at + IPV4.TTL] !== other[at + shift + IPV4.TTL] ||
      buf[at + IPV4.TOS] !== other[at + shift + IPV4.TOS]
    )
      return false;
    if (get16(buf, at + IPV4.FLAGS_FRAGMENT) !== get16(other, at + shift + IPV4.FLAGS_FRAGMENT)) return false;
    return (
      ((get16(buf, at + IPV4.ID) - get16(other, at + shift + IPV4.ID)) & 0xffff) === (flow.segments & 0xffff)
    );
  }

  private hold(packet: Packet, length: number): void {
    if (this.count === MAX_FLOWS) this.complete(0);
    packet.networkOffset = this.network;
    packet.transportOffset = this.tcp;
    const flow = this.held[this.count++]!;
    flow.packet = packet;
    flow.segments = 1;
    flow.mss = length;
  }

  /** skb_gro_receive: the payload goes behind what is held. The kernel chains the pages; here they are copied. */
  private merge(flow: HeldFlow, packet: Packet, length: number, flags: number): void {
    const { host } = this.dev;
    if (flow.segments === 1) flow.packet = this.makeRoom(flow.packet!);
    const first = flow.packet!;
    first.buf.set(packet.buf.subarray(this.payload, packet.tail), first.tail);
    first.tail += length;
    first.buf[first.transportOffset + TCP_FLAGS]! |= flags & (FIN | PSH);
    flow.segments++;
    const { tracer } = host.env;
    if (tracer !== null) tracer.step(this.dev.netns, packet, { kind: 'merged', into: first.id });
    // A card counts frames.
    this.dev.stats.rxPackets++;
    this.dev.stats.rxBytes += this.payload - packet.head;
    host.consumePacket(packet);
  }

  /** The first segment in memory that holds a merged packet. */
  private makeRoom(packet: Packet): Packet {
    const { host } = this.dev;
    const { pool } = host;
    const merged = pool.alloc(MERGED_BYTES);
    // TCP's header at a multiple of four, as senders lay packets out.
    merged.head += -(packet.transportOffset - packet.head) & 3;
    pool.copyMetadata(merged, packet);
    merged.buf.set(packet.buf.subarray(packet.head, packet.tail), merged.head);
    merged.tail = merged.head + (packet.tail - packet.head);
    merged.networkOffset = merged.head + (packet.networkOffset - packet.head);
    merged.transportOffset = merged.head + (packet.transportOffset - packet.head);
    host.consumePacket(packet);
    return merged;
  }

  /** napi_gro_complete: the headers of a merged packet, and up with it. */
  private complete(at: number): void {
    const flow = this.held[at]!;
    const packet = flow.packet!;
    flow.packet = null;
    this.held.copyWithin(at, at + 1, this.count);
    this.held[--this.count] = flow;
    if (flow.segments > 1) {
      packet.gsoSize = flow.mss;
      setNetworkLength(packet);
      setTcpChecksum(packet);
      packet.ipSummed = CHECKSUM_UNNECESSARY;
    }
    this.passUp(packet);
  }

  private passUp(packet: Packet): void {
    this.dev.host.netifRx(this.dev, packet);
  }
}

/** Whether two frames have the same bytes from `from` to `end`, counted from their heads. */
function isSame(one: Packet, two: Packet, from: number, end: number): boolean {
  for (let i = from; i < end; i++) {
    if (one.buf[one.head + i] !== two.buf[two.head + i]) return false;
  }
  return true;
}
