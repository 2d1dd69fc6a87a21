import { get16, get32, put16 } from '../../protocols/bytes.ts';
import { ICMPV6_EXC, ICMPV6_PARAMPROB, ICMPV6_TYPE } from '../../protocols/icmpv6.ts';
import {
  findIpv6FragmentHeader,
  IPV6,
  IPV6_FRAGMENT,
  IPV6_FRAGMENT_FLAG,
  IPV6_FRAGMENT_LENGTH,
  IPV6_HEADER_LENGTH,
  ipv6ExtensionHeaderLength,
} from '../../protocols/ipv6.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';
import { HEADROOM } from '../packet/packet-pool.ts';
import { DropReason } from '../packet/drop-reason.ts';
import { CHECKSUM_NONE, type Packet } from '../packet/packet.ts';
import type { Timer } from '../sim/timer.ts';
import { needsDeviceAt } from './ipv6-address-class.ts';
import type { NetNamespace } from './net-namespace.ts';

/** Who reassembles (enum ip6_defrag_users): the same packet may be collected for several users at once. */
export const DEFRAG6_LOCAL_DELIVER = 0;
export const DEFRAG6_CONNTRACK_IN = 1;
export const DEFRAG6_CONNTRACK_OUT = 2;
export const DEFRAG6_CONNTRACK_BRIDGE_IN = 3;

const MAX_PAYLOAD = 65535;
/** net.ipv6.ip6frag_time. */
const TIMEOUT_NS = 60_000_000_000;
/** Memory charged to a fragment beside its bytes (the truesize of its buffer, roughly). */
const FRAGMENT_OVERHEAD = 768;

/** A packet being collected (struct frag_queue). */
class FragmentQueue {
  readonly key: string;
  readonly timer: Timer;
  /** Sorted by offset, without overlap; `headers` are the offsets of their fragment headers. */
  readonly fragments: Packet[] = [];
  readonly offsets: number[] = [];
  readonly headers: number[] = [];
  meat = 0;
  highest = 0;
  /** Length of the whole data, −1 until the last fragment is known. */
  total = -1;
  maxSize = 0;
  readonly user: number;

  constructor(key: string, user: number, timer: Timer) {
    this.key = key;
    this.user = user;
    this.timer = timer;
  }
}

/**
 * IPv6 reassembly (net/ipv6/reassembly.c): 60 s a packet, 4 MiB a namespace; a duplicate is dropped, an overlap
 * kills the packet (RFC 5722). Fragments are rare, so the table is a plain Map with a text key.
 */
export class Ipv6Defragmenter {
  private readonly netns: NetNamespace;
  private readonly queues = new Map<string, FragmentQueue>();
  private memory = 0;
  /** Packets put together so far, and given up on (Ip6ReasmOKs, Ip6ReasmFails). */
  reassembled = 0;
  failed = 0;

  constructor(netns: NetNamespace) {
    this.netns = netns;
  }

  /** Takes a fragment. True when `packet` has become, or is, a whole packet; false when it was kept or dropped. */
  defragment(packet: Packet, user: number): boolean {
    const at = packet.networkOffset;
    const header = findIpv6FragmentHeader(packet.buf, at, packet.tail - at);
    if (header < 0) return true;
    const word = get16(packet.buf, at + header + IPV6_FRAGMENT.OFFSET_FLAGS);
    if ((word & (IPV6_FRAGMENT_FLAG.OFFSET_MASK | IPV6_FRAGMENT_FLAG.MF)) === 0) return true;
    if (this.memory > this.netns.sysctl.ipfragHighThresh) {
      this.drop(packet, DropReason.NOMEM);
      return false;
    }
    const queue = this.queueFor(packet, header, user);
    if (!this.insert(queue, packet, header)) return false;
    const { tracer } = this.netns.host.env;
    if (queue.total < 0 || queue.meat !== queue.total) {
      if (tracer !== null) tracer.step(this.netns, packet, { kind: 'collected' });
      return false;
    }
    this.remove(queue);
    if (!this.assemble(queue, packet)) return false;
    this.reassembled++;
    if (tracer !== null)
      tracer.step(this.netns, packet, { kind: 'reassembled', fragments: queue.fragments.length });
    return true;
  }

  destroy(): void {
    for (const queue of [...this.queues.values()]) this.kill(queue, DropReason.NAMESPACE_GONE);
  }

  private queueFor(packet: Packet, header: number, user: number): FragmentQueue {
    const { buf, networkOffset: at } = packet;
    const source = Ipv6Address.read(buf, at + IPV6.SOURCE);
    const destination = Ipv6Address.read(buf, at + IPV6.DESTINATION);
    const isScoped = needsDeviceAt(buf, at + IPV6.DESTINATION);
    const device = isScoped ? (packet.dev?.ifindex ?? 0) : 0;
    const key = `${user}/${device}/${String(source)}/${String(destination)}/${get32(buf, at + header + IPV6_FRAGMENT.ID)}`;
    const existing = this.queues.get(key);
    if (existing !== undefined) return existing;
    const timer = this.netns.host.timer(() => this.expired(queue));
    const queue = new FragmentQueue(key, user, timer);
    timer.arm(TIMEOUT_NS);
    this.queues.set(key, queue);
    return queue;
  }

  /** ip6_frag_queue: false when the packet was dropped. */
  private insert(queue: FragmentQueue, packet: Packet, header: number): boolean {
    const { buf, networkOffset: at } = packet;
    const word = get16(buf, at + header + IPV6_FRAGMENT.OFFSET_FLAGS);
    const offset = word & IPV6_FRAGMENT_FLAG.OFFSET_MASK;
    const dataAt = at + header + IPV6_FRAGMENT_LENGTH;
    const end = offset + packet.tail - dataAt;
    if (end > MAX_PAYLOAD) return this.refuse(queue, packet, header + IPV6_FRAGMENT.OFFSET_FLAGS);
    if ((word & IPV6_FRAGMENT_FLAG.MF) === 0) {
      if (end < queue.highest || (queue.total >= 0 && end !== queue.total))
        return this.discard(queue, packet);
      queue.total = end;
    } else {
      if (((end - offset) & 7) !== 0) return this.refuse(queue, packet, IPV6.PAYLOAD_LENGTH);
      if (queue.total >= 0 && end > queue.total) return this.discard(queue, packet);
    }
    if (end === offset) return this.discard(queue, packet);
    let index = queue.fragments.length;
    while (index > 0 && queue.offsets[index - 1]! > offset) index--;
    const before = index > 0 ? queue.offsets[index - 1]! + dataLength(queue, index - 1) : 0;
    const isDuplicate = index > 0 && queue.offsets[index - 1]! <= offset && before >= end;
    if (isDuplicate && queue.offsets[index - 1] === offset && before === end) {
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
    queue.headers.splice(index, 0, header);
    queue.meat += end - offset;
    queue.highest = Math.max(queue.highest, end);
    queue.maxSize = Math.max(queue.maxSize, packet.tail - at);
    this.memory += packet.tail - at + FRAGMENT_OVERHEAD;
    return true;
  }

  /** ip6_frag_reasm: `last`, the fragment that arrived last, becomes the packet, without the fragment header. */
  private assemble(queue: FragmentQueue, last: Packet): boolean {
    const first = queue.fragments[0]!;
    const at = first.networkOffset;
    const headerLength = queue.headers[0]!;
    const length = headerLength + queue.total;
    if (length - IPV6_HEADER_LENGTH > MAX_PAYLOAD) {
      for (const fragment of queue.fragments) this.drop(fragment, DropReason.PKT_TOO_BIG);
      return false;
    }
    const whole = new Uint8Array((HEADROOM + length + HEADROOM + 3) & ~3);
    const macLength = first.macOffset >= 0 ? 14 : 0;
    whole.set(first.buf.subarray(at - macLength, at), HEADROOM - macLength);
    whole.set(first.buf.subarray(at, at + headerLength), HEADROOM);
    whole[HEADROOM + nextHeaderField(first, headerLength)] = first.buf[at + headerLength]!;
    for (const [index, fragment] of queue.fragments.entries()) {
      const from = fragment.networkOffset + queue.headers[index]! + IPV6_FRAGMENT_LENGTH;
      whole.set(fragment.buf.subarray(from, fragment.tail), HEADROOM + headerLength + queue.offsets[index]!);
    }
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
    last.macOffset = macLength > 0 ? HEADROOM - macLength : -1;
    last.ipSummed = CHECKSUM_NONE;
    last.fragMaxSize = queue.maxSize;
    put16(whole, HEADROOM + IPV6.PAYLOAD_LENGTH, length - IPV6_HEADER_LENGTH);
    return true;
  }

  /** ip6frag_expire_frag_queue: the sender hears of it when the first fragment is here. */
  private expired(queue: FragmentQueue): void {
    const first = queue.fragments[0];
    this.failed++;
    if (first !== undefined && queue.offsets[0] === 0 && queue.user === DEFRAG6_LOCAL_DELIVER) {
      this.netns.ipv6!.icmp.sendError(first, ICMPV6_TYPE.TIME_EXCEED, ICMPV6_EXC.FRAGTIME, 0);
    }
    this.kill(queue, DropReason.FRAG_REASM_TIMEOUT);
  }

  /** The fragment's own header is wrong: its sender is told where, and the others wait on. */
  private refuse(queue: FragmentQueue, packet: Packet, pointer: number): boolean {
    if (queue.fragments.length === 0) this.remove(queue);
    const code = ICMPV6_PARAMPROB.HDR_FIELD;
    this.netns.ipv6!.icmp.sendError(packet, ICMPV6_TYPE.PARAMPROB, code, pointer);
    this.drop(packet, DropReason.IPV6_EXTENSION_HEADER);
    return false;
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
    queue.headers.length = 0;
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

function dataLength(queue: FragmentQueue, index: number): number {
  const fragment = queue.fragments[index]!;
  return fragment.tail - fragment.networkOffset - queue.headers[index]! - IPV6_FRAGMENT_LENGTH;
}

/** Where the field is that names the fragment header at `header`. */
function nextHeaderField(packet: Packet, header: number): number {
  const { buf, networkOffset: start } = packet;
  let field: number = IPV6.NEXT_HEADER;
  let at = IPV6_HEADER_LENGTH;
  while (at < header) {
    const protocol = buf[start + field]!;
    field = at;
    at += ipv6ExtensionHeaderLength(buf, start + at, protocol);
  }
  return field;
}
