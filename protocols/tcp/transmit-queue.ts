import { seqAfter } from './sequence.ts';

/** The scoreboard's bits, as in the kernel's TCP_SKB_CB(skb)->sacked. */
export const SACKED = 0x01;
/** A retransmission is in flight. */
export const RETRANSMITTED = 0x02;
export const LOST = 0x04;
/** Was retransmitted at some time, so its round trip is ambiguous (Karn). */
export const EVER_RETRANSMITTED = 0x80;

const INITIAL_CAPACITY = 16;
export const NONE = -1;

/**
 * Segments sent and not yet acknowledged, in sequence order: parallel arrays in a ring, so that nothing is
 * allocated per segment. An index counts segments since the connection began and never wraps; `index & mask`
 * is its slot. A second order, by time of last transmission, is linked through `newer` and `older` (RACK).
 */
export class TransmitQueue {
  mask = INITIAL_CAPACITY - 1;
  sequence = new Uint32Array(INITIAL_CAPACITY);
  end = new Uint32Array(INITIAL_CAPACITY);
  /** When it was sent last, in nanoseconds. */
  sentNs = new Float64Array(INITIAL_CAPACITY);
  /** The connection's `delivered` when it was sent last. */
  delivered = new Float64Array(INITIAL_CAPACITY);
  /** The scoreboard bits above. */
  marks = new Uint8Array(INITIAL_CAPACITY);
  /** TCP flags of the segment: SYN, FIN, PSH. */
  flags = new Uint8Array(INITIAL_CAPACITY);
  private newer = new Float64Array(INITIAL_CAPACITY);
  private older = new Float64Array(INITIAL_CAPACITY);
  /** Index of the oldest segment, and one past the newest. */
  first = 0;
  last = 0;
  oldestSent = NONE;
  private newestSent = NONE;

  get length(): number {
    return this.last - this.first;
  }

  /** Appends a segment as sent at `nowNs`; returns its index. */
  push(sequence: number, end: number, flags: number, nowNs: number, delivered: number): number {
    if (this.length > this.mask) this.grow();
    const index = this.last++;
    const slot = index & this.mask;
    this.sequence[slot] = sequence;
    this.end[slot] = end;
    this.flags[slot] = flags;
    this.marks[slot] = 0;
    this.markSent(index, nowNs, delivered, true);
    return index;
  }

  /** Removes the oldest segment. */
  shift(): void {
    this.unlink(this.first);
    this.first += 1;
  }

  clear(): void {
    this.first = this.last;
    this.oldestSent = NONE;
    this.newestSent = NONE;
  }

  release(): void {
    this.clear();
    this.resize(INITIAL_CAPACITY);
  }

  /** Moves a segment to the newest end of the order by time. */
  markSent(index: number, nowNs: number, delivered: number, fresh = false): void {
    if (!fresh) this.unlink(index);
    const slot = index & this.mask;
    this.sentNs[slot] = nowNs;
    this.delivered[slot] = delivered;
    this.newer[slot] = NONE;
    this.older[slot] = this.newestSent;
    if (this.newestSent === NONE) this.oldestSent = index;
    else this.newer[this.newestSent & this.mask] = index;
    this.newestSent = index;
  }

  /** The next segment in the order by time. */
  nextSent(index: number): number {
    return this.newer[index & this.mask]!;
  }

  /** Takes a segment out of the order by time. Does nothing when it is not in it. */
  unlink(index: number): void {
    const slot = index & this.mask;
    const older = this.older[slot]!;
    const newer = this.newer[slot]!;
    if (older === NONE && this.oldestSent !== index) return;
    if (older === NONE) this.oldestSent = newer;
    else this.newer[older & this.mask] = newer;
    if (newer === NONE) this.newestSent = older;
    else this.older[newer & this.mask] = older;
    this.older[slot] = NONE;
    this.newer[slot] = NONE;
  }

  /** The first segment that ends after `sequence`, or `last`. */
  find(sequence: number): number {
    let low = this.first;
    let high = this.last;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (seqAfter(this.end[middle & this.mask]!, sequence)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Cuts a segment in two at `sequence`; flags that close a segment go with the second part. Rare: O(length). */
  split(index: number, sequence: number): void {
    if (this.length > this.mask) this.grow();
    for (let i = this.last; i > index + 1; i--) this.moveUp(i - 1);
    this.last += 1;
    this.shiftLinks(index);
    const slot = index & this.mask;
    const second = (index + 1) & this.mask;
    this.sequence[second] = sequence;
    this.end[second] = this.end[slot]!;
    this.end[slot] = sequence;
    this.flags[second] = this.flags[slot]!;
    this.flags[slot] = 0;
    this.marks[second] = this.marks[slot]!;
    this.sentNs[second] = this.sentNs[slot]!;
    this.delivered[second] = this.delivered[slot]!;
    this.insertNewerThan(index, index + 1);
  }

  private insertNewerThan(index: number, added: number): void {
    const slot = index & this.mask;
    const addedSlot = added & this.mask;
    this.newer[addedSlot] = NONE;
    this.older[addedSlot] = NONE;
    if (this.older[slot] === NONE && this.oldestSent !== index) return;
    const next = this.newer[slot]!;
    this.newer[slot] = added;
    this.older[addedSlot] = index;
    this.newer[addedSlot] = next;
    if (next === NONE) this.newestSent = added;
    else this.older[next & this.mask] = added;
  }

  private moveUp(index: number): void {
    const from = index & this.mask;
    const to = (index + 1) & this.mask;
    this.sequence[to] = this.sequence[from]!;
    this.end[to] = this.end[from]!;
    this.flags[to] = this.flags[from]!;
    this.marks[to] = this.marks[from]!;
    this.sentNs[to] = this.sentNs[from]!;
    this.delivered[to] = this.delivered[from]!;
    this.newer[to] = this.newer[from]!;
    this.older[to] = this.older[from]!;
  }

  /** Corrects every link after the segments behind `index` moved up by one. */
  private shiftLinks(index: number): void {
    if (this.oldestSent > index) this.oldestSent += 1;
    if (this.newestSent > index) this.newestSent += 1;
    for (let i = this.first; i < this.last; i++) {
      if (i === index + 1) continue;
      const slot = i & this.mask;
      if (this.newer[slot]! > index) this.newer[slot]! += 1;
      if (this.older[slot]! > index) this.older[slot]! += 1;
    }
  }

  private grow(): void {
    this.resize((this.mask + 1) * 2);
  }

  private resize(capacity: number): void {
    const mask = capacity - 1;
    this.sequence = this.moved(this.sequence, new Uint32Array(capacity), mask);
    this.end = this.moved(this.end, new Uint32Array(capacity), mask);
    this.sentNs = this.moved(this.sentNs, new Float64Array(capacity), mask);
    this.delivered = this.moved(this.delivered, new Float64Array(capacity), mask);
    this.marks = this.moved(this.marks, new Uint8Array(capacity), mask);
    this.flags = this.moved(this.flags, new Uint8Array(capacity), mask);
    this.newer = this.moved(this.newer, new Float64Array(capacity), mask);
    this.older = this.moved(this.older, new Float64Array(capacity), mask);
    this.mask = mask;
  }

  private moved<T extends Uint8Array | Uint32Array | Float64Array>(from: T, to: T, mask: number): T {
    for (let i = this.first; i < this.last; i++) to[i & mask] = from[i & this.mask]!;
    return to;
  }
}
