import { get16, put16 } from '../../protocols/bytes.ts';
import {
  IPV4,
  IPV4_FLAG,
  ipv4Destination,
  ipv4FragmentOffset,
  ipv4HeaderLength,
  ipv4Source,
  setIpv4Checksum,
} from '../../protocols/ipv4.ts';
import { ICMP_EXC, ICMP_TYPE } from '../../protocols/icmp.ts';
import type { NetDevice } from '../device/net-device.ts';
import { HEADROOM } from '../packet/packet-pool.ts';
import { DropReason } from '../packet/drop-reason.ts';
import { CHECKSUM_NONE, type Packet } from '../packet/packet.ts';
import type { Timer } from '../sim/timer.ts';
import type { NetNamespace } from './net-namespace.ts';

/** Who reassembles (enum ip_defrag_users): the same datagram may be collected for several users at once. */
export const DEFRAG_LOCAL_DELIVER = 0;
export const DEFRAG_CONNTRACK_IN = 2;
export const DEFRAG_CONNTRACK_OUT = 3;
export const DEFRAG_CONNTRACK_BRIDGE_IN = 4;
export const DEFRAG_VS_IN = 5;
export const DEFRAG_VS_OUT = 6;
export const DEFRAG_VS_FWD = 7;

const MAX_DATAGRAM = 65535;
/** Memory charged to a fragment beside its bytes (the truesize of its buffer, roughly). */
const FRAGMENT_OVERHEAD = 768;

/** A datagram being collected (struct ipq). */
class FragmentQueue {
  readonly key: string;
  readonly timer: Timer;
  /** Sorted by offset, without overlap. */
  readonly fragments: Packet[] = [];
  readonly offsets: number[] = [];
  meat = 0;
  /** Length of the whole data, −1 until the last fragment is known. */
  total = -1;
  highest = 0;
  maxSize = 0;
  maxDfSize = 0;
  dev: NetDevice | null = null;
  readonly user: number;

  constructor(key: string, user: number, timer: Timer) {
    this.key = key;
    this.user = user;
    this.timer = timer;
  }
}

/**
 * IPv4 reassembly (net/ipv4/ip_fragment.c): 30 s a datagram, 4 MiB a namespace, a duplicate is dropped, an overlap
 * kills the datagram (RFC 5722's rule, which Linux applies to IPv4 since 4.20). Fragments are rare, so the table
 * is a plain Map with a text key. Not modelled: `ipfrag_max_dist`.
 */
export class Ipv4Defragmenter {
  private readonly netns: NetNamespace;
  private readonly queues = new Map<string, FragmentQueue>();
  private memory = 0;
  /** Datagrams put together so far, and given up on (ReasmOKs, ReasmFails). */
  reassembled = 0;
  failed = 0;

  constructor(netns: NetNamespace) {
    this.netns = netns;
  }

  /** Takes a fragment. True when `packet` has become the whole datagram; false when it was kept or dropped. */
  defragment(packet: Packet, user: number): boolean {
    const at = packet.networkOffset;
    const word = get16(packet.buf, at + IPV4.FLAGS_FRAGMENT);
    if ((word & (IPV4_FLAG.MF | IPV4_FLAG.OFFSET_MASK)) === 0) return true;
    if (this.memory > this.netns.sysctl.ipfragHighThresh) {
      this.drop(packet, DropReason.NOMEM);
      return false;
    }
    const queue = this.queueFor(packet, user);
    if (!this.insert(queue, packet)) return false;
    const { tracer } = this.netns.host.env;
    if (queue.total < 0 || queue.meat !== queue.total) {
      if (tracer !== null) tracer.step(this.netns, packet, { kind: 'collected' });
      return false;
    }
    this.remove(queue);
    this.assemble(queue, packet);
    this.reassembled++;
    if (tracer !== null)
      tracer.step(this.netns, packet, { kind: 'reassembled', fragments: queue.fragments.length });
    return true;
  }

  destroy(): void {
    for (const queue of [...this.queues.values()]) this.kill(queue, DropReason.NAMESPACE_GONE);
  }

  private queueFor(packet: Packet, user: number): FragmentQueue {
    const at = packet.networkOffset;
    const buf = packet.buf;
    const vif = packet.dev?.ifindex ?? 0;
    const key = `${user}/${vif}/${ipv4Source(buf, at)}/${ipv4Destination(buf, at)}/${get16(buf, at + IPV4.ID)}/${buf[at + IPV4.PROTOCOL]}`;
    const existing = this.queues.get(key);
    if (existing !== undefined) return existing;
    const timer = this.netns.host.timer(() => this.expired(queue));
    const queue = new FragmentQueue(key, user, timer);
    timer.arm(this.netns.sysctl.ipfragTimeNs);
    this.queues.set(key, queue);
    return queue;
  }

  /** ip_frag_queue: false when the packet was dropped. */
  private insert(queue: FragmentQueue, packet: Packet): boolean {
    const at = packet.networkOffset;
    const word = get16(packet.buf, at + IPV4.FLAGS_FRAGMENT);
    const headerLength = ipv4HeaderLength(packet.buf, at);
    const offset = ipv4FragmentOffset(packet.buf, at);
    let end = offset + packet.tail - at - headerLength;
    if ((word & IPV4_FLAG.MF) === 0) {
      if (end < queue.highest || (queue.total >= 0 && queue.total !== end))
        return this.discard(queue, packet);
      queue.total = end;
    } else {
      end -= (end - offset) & 7;
      if (end > queue.highest && queue.total >= 0 && end > queue.total) return this.discard(queue, packet);
    }
    if (end === offset || end + headerLength > MAX_DATAGRAM) return this.discard(queue, packet);
    packet.tail = at + headerLength + (end - offset);
    let index = queue.fragments.length;
    while (index > 0 && queue.offsets[index - 1]! > offset) index--;
    const before = index > 0 ? queue.offsets[index - 1]! + dataLength(queue.fragments[index - 1]!) : 0;
    const sameStart = index > 0 && queue.offsets[index - 1] === offset && before === end;
    if (sameStart) {
      this.drop(packet, DropReason.DUP_FRAG);
      return false;
    }
    const overlaps = before > offset || (index < queue.offsets.length && end > queue.offsets[index]!);
    if (overlaps) {
      this.kill(queue, DropReason.DUP_FRAG);
      this.drop(packet, DropReason.DUP_FRAG);
      return false;
    }
    queue.fragments.splice(index, 0, packet);
    queue.offsets.splice(index, 0, offset);
    queue.meat += end - offset;
    queue.highest = Math.max(queue.highest, end);
    queue.dev = packet.dev;
    const size = packet.tail - at;
    queue.maxSize = Math.max(queue.maxSize, size);
    if ((word & IPV4_FLAG.DF) !== 0) queue.maxDfSize = Math.max(queue.maxDfSize, size);
    this.memory += size + FRAGMENT_OVERHEAD;
    return true;
  }

  /** ip_frag_reasm: `last`, the fragment that arrived last, becomes the datagram. */
  private assemble(queue: FragmentQueue, last: Packet): void {
    const first = queue.fragments[0]!;
    const at = first.networkOffset;
    const headerLength = ipv4HeaderLength(first.buf, at);
    const length = headerLength + queue.total;
    const whole = new Uint8Array((HEADROOM + length + HEADROOM + 3) & ~3);
    whole.set(
      first.buf.subarray(first.macOffset >= 0 ? at - 14 : at, at),
      HEADROOM - (first.macOffset >= 0 ? 14 : 0),
    );
    whole.set(first.buf.subarray(at, at + headerLength), HEADROOM);
    for (const [index, fragment] of queue.fragments.entries()) {
      const from = fragment.networkOffset + ipv4HeaderLength(fragment.buf, fragment.networkOffset);
      whole.set(fragment.buf.subarray(from, fragment.tail), HEADROOM + headerLength + queue.offsets[index]!);
    }
    const hadMac = first.macOffset >= 0;
    last.mark = first.mark;
    last.pktType = first.pktType;
    last.nfBridge = first.nfBridge;
    last.secPath = first.secPath;
    last.id = first.id;
    for (const fragment of queue.fragments) if (fragment !== last) this.netns.host.consumePacket(fragment);
    last.setBuffer(whole);
    last.head = HEADROOM;
    last.tail = HEADROOM + length;
    last.networkOffset = HEADROOM;
    last.transportOffset = HEADROOM + headerLength;
    last.macOffset = hadMac ? HEADROOM - 14 : -1;
    last.ipSummed = CHECKSUM_NONE;
    // DF comes back only when the largest fragment carried it, so that what leaves is no smaller than need be.
    last.fragHadDf = queue.maxDfSize === queue.maxSize;
    last.fragMaxSize = Math.max(queue.maxDfSize, queue.maxSize);
    put16(whole, HEADROOM + IPV4.TOTAL_LENGTH, length);
    put16(whole, HEADROOM + IPV4.FLAGS_FRAGMENT, last.fragHadDf ? IPV4_FLAG.DF : 0);
    setIpv4Checksum(whole, HEADROOM);
  }

  /** ip_expire: the sender hears of it when the first fragment is here and the datagram was for us. */
  private expired(queue: FragmentQueue): void {
    const first = queue.fragments[0];
    this.failed++;
    const known = first !== undefined && queue.offsets[0] === 0;
    const mayReport = queue.user === DEFRAG_LOCAL_DELIVER;
    if (known && mayReport)
      this.netns.ipv4.icmp.sendError(first, ICMP_TYPE.TIME_EXCEEDED, ICMP_EXC.FRAGTIME, 0);
    this.kill(queue, DropReason.FRAG_REASM_TIMEOUT);
  }

  private discard(queue: FragmentQueue, packet: Packet): boolean {
    this.kill(queue, DropReason.IP_INHDR);
    this.drop(packet, DropReason.IP_INHDR);
    return false;
  }

  private kill(queue: FragmentQueue, reason: number): void {
    this.remove(queue);
    for (const fragment of queue.fragments) this.drop(fragment, reason);
    queue.fragments.length = 0;
    queue.offsets.length = 0;
  }

  private remove(queue: FragmentQueue): void {
    queue.timer.cancel();
    this.queues.delete(queue.key);
    for (const fragment of queue.fragments) {
      this.memory -= fragment.tail - fragment.networkOffset + FRAGMENT_OVERHEAD;
    }
  }

  private drop(packet: Packet, reason: number): void {
    this.netns.host.dropPacket(packet, reason, packet.dev);
  }
}

function dataLength(packet: Packet): number {
  return packet.tail - packet.networkOffset - ipv4HeaderLength(packet.buf, packet.networkOffset);
}
