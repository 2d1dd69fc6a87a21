import { seqAfter, seqBefore } from './sequence.ts';

/**
 * Disjoint ranges of sequence numbers in order: what arrived beyond a gap. The bytes themselves lie in the
 * receive ring; this is only the list of what is there. A range of no length is never held.
 */
export class SequenceRanges {
  private starts = new Uint32Array(8);
  private ends = new Uint32Array(8);
  count = 0;
  /** Bytes held by all ranges. */
  bytes = 0;
  /** The range that add() last made or enlarged. */
  mergedStart = 0;
  mergedEnd = 0;

  start(index: number): number {
    return this.starts[index]!;
  }

  end(index: number): number {
    return this.ends[index]!;
  }

  /** Whether every byte of start..end is held. */
  covers(start: number, end: number): boolean {
    const at = this.firstEndingAtOrAfter(start);
    return at < this.count && !seqAfter(this.starts[at]!, start) && !seqAfter(end, this.ends[at]!);
  }

  /** The part of start..end that is held already, as [from, to] in `overlap`; false when there is none. */
  overlaps(start: number, end: number, overlap: Uint32Array): boolean {
    const at = this.firstEndingAtOrAfter((start + 1) >>> 0);
    if (at >= this.count || !seqBefore(this.starts[at]!, end)) return false;
    overlap[0] = seqAfter(this.starts[at]!, start) ? this.starts[at]! : start;
    overlap[1] = seqBefore(this.ends[at]!, end) ? this.ends[at]! : end;
    return true;
  }

  /** Adds start..end, merging what it touches. */
  add(start: number, end: number): void {
    const at = this.firstEndingAtOrAfter(start);
    let from = start;
    let to = end;
    let after = at;
    while (after < this.count && !seqAfter(this.starts[after]!, to)) {
      if (seqBefore(this.starts[after]!, from)) from = this.starts[after]!;
      if (seqAfter(this.ends[after]!, to)) to = this.ends[after]!;
      this.bytes -= (this.ends[after]! - this.starts[after]!) >>> 0;
      after += 1;
    }
    this.replace(at, after, from, to);
    this.bytes += (to - from) >>> 0;
    this.mergedStart = from;
    this.mergedEnd = to;
  }

  /** Forgets everything before `sequence`; returns how far the range that reaches over it goes, or `sequence`. */
  advance(sequence: number): number {
    let at = 0;
    let reached = sequence;
    while (at < this.count && !seqAfter(this.starts[at]!, reached)) {
      if (seqAfter(this.ends[at]!, reached)) reached = this.ends[at]!;
      this.bytes -= (this.ends[at]! - this.starts[at]!) >>> 0;
      at += 1;
    }
    if (at > 0) this.removeFirst(at);
    return reached;
  }

  clear(): void {
    this.count = 0;
    this.bytes = 0;
  }

  private firstEndingAtOrAfter(sequence: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (seqBefore(this.ends[middle]!, sequence)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private removeFirst(n: number): void {
    this.starts.copyWithin(0, n, this.count);
    this.ends.copyWithin(0, n, this.count);
    this.count -= n;
  }

  /** Puts one range where ranges from..after−1 were. */
  private replace(from: number, after: number, start: number, end: number): void {
    const added = 1 - (after - from);
    if (added > 0 && this.count === this.starts.length) this.grow();
    if (added !== 0) {
      this.starts.copyWithin(from + 1, after, this.count);
      this.ends.copyWithin(from + 1, after, this.count);
      this.count += added;
    }
    this.starts[from] = start;
    this.ends[from] = end;
  }

  private grow(): void {
    const starts = new Uint32Array(this.starts.length * 2);
    const ends = new Uint32Array(this.ends.length * 2);
    starts.set(this.starts);
    ends.set(this.ends);
    this.starts = starts;
    this.ends = ends;
  }
}
