import type { TcpTracking } from './tcp-tracking.ts';
import { AF_INET, AF_INET6, finish, IP_CT_DIR_ORIGINAL, mix, type Tuple } from './tuple.ts';
import { IPS_CONFIRMED, IPS_DYING } from './status.ts';

/**
 * A tracked connection (struct nf_conn) with both its tuples.
 *
 * Words of tuples are plain signed 32-bit fields and times are in jiffies, so that every field is a small integer
 * and an entry stays below 256 bytes (the TCP tracker's state is beside it). An entry is only on its packet until
 * it is confirmed; after it left the table IPS_DYING is set and packets that hold it may go on.
 */
export class ConntrackEntry {
  family: number;
  protocol: number;
  zone: number;
  status = 0;
  mark = 0;
  /** When it expires, in jiffies (see jiffies.ts); before it is confirmed, the timeout itself. */
  expires = 0;
  /** UDP: from when on traffic makes a stream, in jiffies. SCTP: the state (see sctp-tracker.ts). */
  protoState = 0;
  /** ifindex of the device whose address MASQUERADE took, else 0. */
  masqueradeIndex = 0;
  tcp: TcpTracking | null = null;
  origHash = 0;
  replyHash = 0;
  /** Next in the chains of the table's two hash tables and of the NAT's by-source table. */
  nextOrig: ConntrackEntry | null = null;
  nextReply: ConntrackEntry | null = null;
  nextBySource: ConntrackEntry | null = null;
  private origSrc = 0;
  private origDst = 0;
  private origParts = 0;
  private replySrc = 0;
  private replyDst = 0;
  private replyParts = 0;
  /** IPv6: the first three words of original source, destination, reply source, destination. */
  private high: Int32Array | null = null;

  constructor(original: Tuple, reply: Tuple) {
    this.family = original.family;
    this.protocol = original.protocol;
    this.zone = original.zone;
    if (original.family === AF_INET6) this.high = new Int32Array(12);
    this.origSrc = original.src;
    this.origDst = original.dst;
    this.origParts = (original.srcPart << 16) | original.dstPart;
    if (this.high !== null) setHigh(this.high, 0, original);
    this.setReply(reply);
  }

  get isConfirmed(): boolean {
    return (this.status & IPS_CONFIRMED) !== 0;
  }

  get isDying(): boolean {
    return (this.status & IPS_DYING) !== 0;
  }

  /** Puts another reply tuple in place: only before the entry is confirmed (nf_conntrack_alter_reply). */
  setReply(reply: Tuple): void {
    this.replySrc = reply.src;
    this.replyDst = reply.dst;
    this.replyParts = (reply.srcPart << 16) | reply.dstPart;
    if (this.high !== null) setHigh(this.high, 6, reply);
  }

  /** Copies the tuple of a direction into `into`. */
  readTuple(dir: number, into: Tuple): void {
    const original = dir === IP_CT_DIR_ORIGINAL;
    const parts = original ? this.origParts : this.replyParts;
    into.family = this.family;
    into.protocol = this.protocol;
    into.zone = this.zone;
    into.src = original ? this.origSrc : this.replySrc;
    into.dst = original ? this.origDst : this.replyDst;
    into.srcPart = parts >>> 16;
    into.dstPart = parts & 0xffff;
    if (this.high !== null) getHigh(this.high, original ? 0 : 6, into);
  }

  /** Whether the tuple of a direction is `tuple`. */
  matches(dir: number, tuple: Tuple): boolean {
    const original = dir === IP_CT_DIR_ORIGINAL;
    return (
      (original ? this.origSrc : this.replySrc) === tuple.src &&
      (original ? this.origDst : this.replyDst) === tuple.dst &&
      (original ? this.origParts : this.replyParts) === ((tuple.srcPart << 16) | tuple.dstPart) &&
      this.protocol === tuple.protocol &&
      this.family === tuple.family &&
      this.zone === tuple.zone &&
      (this.high === null || sameHigh(this.high, original ? 0 : 6, tuple))
    );
  }

  /** The same zone, family, protocol, source address and source part as `tuple` in the original direction. */
  sameSource(tuple: Tuple): boolean {
    return (
      this.origSrc === tuple.src &&
      this.origParts >>> 16 === tuple.srcPart &&
      this.protocol === tuple.protocol &&
      this.family === tuple.family &&
      this.zone === tuple.zone &&
      (this.high === null ||
        (this.high[0] === tuple.src0 && this.high[1] === tuple.src1 && this.high[2] === tuple.src2))
    );
  }

  /** Hash of the original source, as `sourceHash` makes it of a tuple. */
  get bySourceHash(): number {
    let h = mix(mix(this.protocol ^ (this.zone << 8), this.origSrc), this.origParts >>> 16);
    if (this.high !== null) h = mix(mix(mix(h, this.high[0]!), this.high[1]!), this.high[2]!);
    return finish(h);
  }

  /** Addresses as unsigned 32-bit numbers; of IPv6 the last word. */
  sourceWord(dir: number): number {
    return (dir === IP_CT_DIR_ORIGINAL ? this.origSrc : this.replySrc) >>> 0;
  }

  destinationWord(dir: number): number {
    return (dir === IP_CT_DIR_ORIGINAL ? this.origDst : this.replyDst) >>> 0;
  }

  sourcePart(dir: number): number {
    return (dir === IP_CT_DIR_ORIGINAL ? this.origParts : this.replyParts) >>> 16;
  }

  destinationPart(dir: number): number {
    return (dir === IP_CT_DIR_ORIGINAL ? this.origParts : this.replyParts) & 0xffff;
  }
}

/** Hash of a tuple's source alone, for the NAT's by-source table (hash_by_src). */
export function sourceHash(tuple: Tuple): number {
  let h = mix(mix(tuple.protocol ^ (tuple.zone << 8), tuple.src), tuple.srcPart);
  if (tuple.family !== AF_INET) h = mix(mix(mix(h, tuple.src0), tuple.src1), tuple.src2);
  return finish(h);
}

function setHigh(high: Int32Array, at: number, tuple: Tuple): void {
  high[at] = tuple.src0;
  high[at + 1] = tuple.src1;
  high[at + 2] = tuple.src2;
  high[at + 3] = tuple.dst0;
  high[at + 4] = tuple.dst1;
  high[at + 5] = tuple.dst2;
}

function getHigh(high: Int32Array, at: number, into: Tuple): void {
  into.src0 = high[at]!;
  into.src1 = high[at + 1]!;
  into.src2 = high[at + 2]!;
  into.dst0 = high[at + 3]!;
  into.dst1 = high[at + 4]!;
  into.dst2 = high[at + 5]!;
}

function sameHigh(high: Int32Array, at: number, tuple: Tuple): boolean {
  return (
    high[at] === tuple.src0 &&
    high[at + 1] === tuple.src1 &&
    high[at + 2] === tuple.src2 &&
    high[at + 3] === tuple.dst0 &&
    high[at + 4] === tuple.dst1 &&
    high[at + 5] === tuple.dst2
  );
}
