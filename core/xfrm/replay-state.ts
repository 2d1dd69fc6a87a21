/** Why a sequence number is refused. */
export const REPLAY_OK = 0;
/** Older than the window. */
export const REPLAY_TOO_OLD = 1;
/** Seen before, or the number 0, which is never sent. */
export const REPLAY_REPEATED = 2;

const HIGH = 0x1_0000_0000;

/**
 * Sequence numbers of an association: the sender's counter and the receiver's anti-replay window (RFC 4303 section
 * 3.4.3 and appendix A; net/xfrm/xfrm_replay.c). Numbers are whole: with ESN the high half counts, without it the
 * counter ends at 2^32 − 1.
 */
export class ReplayState {
  /** Number sent last. */
  outgoing = 0;
  /** Highest number received. */
  incoming = 0;
  readonly windowSize: number;
  readonly extended: boolean;
  private readonly mayWrap: boolean;
  /** Bit n of the window, newest first: number `incoming − n` was seen. Kept as a ring over the numbers. */
  private readonly seen: Uint32Array;

  constructor(windowSize: number, extended: boolean, mayWrap = false) {
    this.windowSize = windowSize;
    this.extended = extended;
    this.mayWrap = mayWrap;
    this.seen = new Uint32Array(Math.max(1, (windowSize + 31) >>> 5));
  }

  /** The next number to send; −1 when the counter has run out (xfrm_replay_overflow). */
  takeOutgoing(): number {
    if (!this.extended && this.outgoing === HIGH - 1) {
      if (!this.mayWrap) return -1;
      this.outgoing = -1;
    }
    return ++this.outgoing;
  }

  /** The whole number that the 32 bits of a header stand for (RFC 4303 appendix A2.2). */
  whole(low: number): number {
    if (!this.extended || this.windowSize === 0) return low;
    const top = this.incoming % HIGH;
    let high = Math.floor(this.incoming / HIGH);
    const bottom = top - this.windowSize + 1;
    if (top >= this.windowSize - 1) {
      if (low < bottom) high++;
    } else if (low >= bottom + HIGH) {
      high--;
    }
    return high * HIGH + low;
  }

  /** xfrm_replay_check on a whole number. */
  check(sequence: number): number {
    if (this.windowSize === 0) return REPLAY_OK;
    if (sequence % HIGH === 0 && !this.extended) return REPLAY_REPEATED;
    if (sequence < 0) return REPLAY_TOO_OLD;
    if (sequence > this.incoming) return REPLAY_OK;
    const age = this.incoming - sequence;
    if (age >= this.windowSize) return REPLAY_TOO_OLD;
    return this.has(sequence) ? REPLAY_REPEATED : REPLAY_OK;
  }

  /** xfrm_replay_advance: notes a number whose packet was found genuine. */
  advance(sequence: number): void {
    if (this.windowSize === 0) return;
    if (sequence > this.incoming) {
      const from = Math.max(this.incoming + 1, sequence - this.windowSize + 1);
      for (let number = from; number < sequence; number++) this.set(number, false);
      this.incoming = sequence;
    }
    this.set(sequence, true);
  }

  /** The window's bits as the kernel keeps them in words of 32, the newest number in bit 0 of word 0. */
  bitmap(): number[] {
    const words = new Array<number>(Math.max(1, (this.windowSize + 31) >>> 5)).fill(0);
    for (let age = 0; age < this.windowSize && age < this.incoming; age++) {
      if (this.has(this.incoming - age)) words[age >>> 5]! |= 1 << (age & 31);
    }
    return words.map((word) => word >>> 0);
  }

  /** The bits as the kernel's newer window keeps them: a ring in which number n is bit (n − 1) mod the window. */
  ringBitmap(): number[] {
    const words = new Array<number>((this.windowSize + 31) >>> 5).fill(0);
    for (let age = 0; age < this.windowSize && age < this.incoming; age++) {
      const number = this.incoming - age;
      const bit = (number - 1) % this.windowSize;
      if (this.has(number)) words[bit >>> 5]! |= 1 << (bit & 31);
    }
    return words.map((word) => word >>> 0);
  }

  private has(sequence: number): boolean {
    const slot = sequence % (this.seen.length * 32);
    return (this.seen[slot >>> 5]! & (1 << (slot & 31))) !== 0;
  }

  private set(sequence: number, value: boolean): void {
    const slot = sequence % (this.seen.length * 32);
    if (value) this.seen[slot >>> 5]! |= 1 << (slot & 31);
    else this.seen[slot >>> 5]! &= ~(1 << (slot & 31));
  }
}
