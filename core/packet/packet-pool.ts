import { CHECKSUM_NONE, IP_CT_NEW, PACKET_HOST, SEAL_NONE, SEAL_PENDING, Packet } from './packet.ts';

/** Room kept before the data of a new packet: two Ethernet headers, VXLAN, outer UDP and IPv6, ESP, a VLAN tag. */
export const HEADROOM = 128;
const SMALL_BUFFER = 2048;
/** Room for the largest packet: a super-packet of 64 KiB with its headers. */
const LARGE_BUFFER = 65536 + 512;

/**
 * Packets from a free list. Everything that is allocated is freed exactly once, by `free`, so
 * `allocated − freed` is the number of packets in flight.
 */
export class PacketPool {
  allocated = 0;
  freed = 0;
  private nextId = 1;
  private readonly small: Packet[] = [];
  private readonly large: Packet[] = [];

  /** A packet with `length` bytes of data (contents undefined) behind HEADROOM. */
  alloc(length: number): Packet {
    const packet = this.take(HEADROOM + length);
    packet.head = HEADROOM;
    packet.tail = HEADROOM + length;
    packet.id = this.nextId++;
    return packet;
  }

  /** A packet whose data is `bytes`. */
  from(bytes: Uint8Array): Packet {
    const packet = this.alloc(bytes.length);
    packet.buf.set(bytes, packet.head);
    return packet;
  }

  /** A copy with the same bytes, headroom and metadata (skb_copy). */
  clone(original: Packet): Packet {
    const packet = this.take(original.tail);
    // Headers that were pulled are part of the packet still: a bridge pushes the Ethernet header back.
    let from = original.head;
    if (original.macOffset >= 0 && original.macOffset < from) from = original.macOffset;
    if (original.networkOffset >= 0 && original.networkOffset < from) from = original.networkOffset;
    packet.buf.set(original.buf.subarray(from, original.tail), from);
    packet.head = original.head;
    packet.tail = original.tail;
    packet.macOffset = original.macOffset;
    packet.networkOffset = original.networkOffset;
    packet.transportOffset = original.transportOffset;
    this.copyMetadata(packet, original);
    packet.gsoSize = original.gsoSize;
    return packet;
  }

  /** All but the bytes, where they are, and `gsoSize` (__copy_skb_header). */
  copyMetadata(packet: Packet, original: Packet): void {
    packet.protocol = original.protocol;
    packet.pktType = original.pktType;
    packet.ipSummed = original.ipSummed;
    packet.dev = original.dev;
    packet.iif = original.iif;
    packet.mark = original.mark;
    packet.nfct = original.nfct;
    packet.ctInfo = original.ctInfo;
    packet.nfBridge = original.nfBridge === null ? null : { ...original.nfBridge };
    packet.secPath = original.secPath;
    packet.route = original.route;
    packet.route6 = original.route6;
    packet.xfrm = original.xfrm;
    packet.xfrmTransformed = original.xfrmTransformed;
    packet.sealState = original.sealState === SEAL_PENDING ? SEAL_PENDING : SEAL_NONE;
    packet.sealer = original.sealer;
    packet.sealedLength = original.sealedLength;
    packet.sealedSequenceHigh = original.sealedSequenceHigh;
    packet.ipvsProperty = original.ipvsProperty;
    packet.nfTrace = original.nfTrace;
    packet.fragMaxSize = original.fragMaxSize;
    packet.fragHadDf = original.fragHadDf;
    packet.dstPendingConfirm = original.dstPendingConfirm;
    packet.flowHash = original.flowHash;
    packet.id = original.id;
  }

  /** Gives a packet back. Use `consumePacket` or `dropPacket`, which also count, on the packet path. */
  free(packet: Packet): void {
    if (packet.inPool) throw new Error('a packet was freed twice');
    packet.inPool = true;
    this.freed++;
    if (packet.buf.length === SMALL_BUFFER && this.small.length < 4096) this.small.push(packet);
    else if (packet.buf.length === LARGE_BUFFER && this.large.length < 256) this.large.push(packet);
  }

  /** Makes room for `bytes` more before `head`, moving the data if the headroom is too small (skb_cow_head). */
  ensureHeadroom(packet: Packet, bytes: number): void {
    if (packet.head >= bytes) return;
    const shift = (HEADROOM + bytes - packet.head + 3) & ~3;
    const grown = new Uint8Array(packet.buf.length + shift);
    grown.set(packet.buf.subarray(packet.head, packet.tail), packet.head + shift);
    packet.setBuffer(grown);
    packet.head += shift;
    packet.tail += shift;
    if (packet.macOffset >= 0) packet.macOffset += shift;
    if (packet.networkOffset >= 0) packet.networkOffset += shift;
    if (packet.transportOffset >= 0) packet.transportOffset += shift;
  }

  /** Makes room for `bytes` more after `tail`. */
  ensureTailroom(packet: Packet, bytes: number): void {
    if (packet.tail + bytes <= packet.buf.length) return;
    const grown = new Uint8Array(packet.tail + bytes + HEADROOM);
    grown.set(packet.buf.subarray(0, packet.tail));
    packet.setBuffer(grown);
  }

  private take(size: number): Packet {
    this.allocated++;
    if (size > LARGE_BUFFER) return new Packet(new Uint8Array((size + HEADROOM + 3) & ~3));
    const isSmall = size <= SMALL_BUFFER;
    const packet = isSmall ? this.small.pop() : this.large.pop();
    if (packet === undefined) return new Packet(new Uint8Array(isSmall ? SMALL_BUFFER : LARGE_BUFFER));
    reset(packet);
    return packet;
  }
}

function reset(packet: Packet): void {
  packet.macOffset = -1;
  packet.networkOffset = -1;
  packet.transportOffset = -1;
  packet.protocol = 0;
  packet.pktType = PACKET_HOST;
  packet.ipSummed = CHECKSUM_NONE;
  packet.dev = null;
  packet.iif = 0;
  packet.mark = 0;
  packet.nfct = null;
  packet.ctInfo = IP_CT_NEW;
  packet.nfBridge = null;
  packet.secPath = null;
  packet.route = null;
  packet.route6 = null;
  packet.xfrm = null;
  packet.xfrmTransformed = false;
  packet.sealState = SEAL_NONE;
  packet.ipvsProperty = false;
  packet.nfTrace = false;
  packet.fragMaxSize = 0;
  packet.fragHadDf = false;
  packet.dstPendingConfirm = false;
  packet.flowHash = 0;
  packet.gsoSize = 0;
  packet.timestampNs = 0;
  packet.inPool = false;
}
