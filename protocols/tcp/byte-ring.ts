/**
 * A bounded stretch of a byte stream in circular memory. Positions are offsets from the first byte held, so the
 * owner maps sequence numbers by a subtraction. Memory grows by doubling up to what is asked for and is given
 * back on release().
 */
export class ByteRing {
  private buffer: Uint8Array = EMPTY;
  private mask = 0;
  private head = 0;

  get capacityBytes(): number {
    return this.buffer.length;
  }

  /** Makes room for `bytes` from the head, keeping what the first `used` hold. */
  reserve(bytes: number, used: number): void {
    if (bytes <= this.buffer.length) return;
    let capacity = Math.max(this.buffer.length, MIN_CAPACITY);
    while (capacity < bytes) capacity *= 2;
    const grown = new Uint8Array(capacity);
    if (used > 0) this.copyOut(0, grown, 0, used);
    this.buffer = grown;
    this.mask = capacity - 1;
    this.head = 0;
  }

  /** Copies `length` bytes from `source` to `offset` past the head; room must have been reserved. */
  copyIn(offset: number, source: Uint8Array, sourceOffset: number, length: number): void {
    const start = (this.head + offset) & this.mask;
    const first = Math.min(length, this.buffer.length - start);
    copyBytes(source, sourceOffset, this.buffer, start, first);
    if (first < length) copyBytes(source, sourceOffset + first, this.buffer, 0, length - first);
  }

  /** Copies `length` bytes at `offset` past the head to `target`. */
  copyOut(offset: number, target: Uint8Array, targetOffset: number, length: number): void {
    const start = (this.head + offset) & this.mask;
    const first = Math.min(length, this.buffer.length - start);
    copyBytes(this.buffer, start, target, targetOffset, first);
    if (first < length) copyBytes(this.buffer, 0, target, targetOffset + first, length - first);
  }

  /** Drops `length` bytes from the head. */
  consume(length: number): void {
    this.head = (this.head + length) & this.mask;
  }

  release(): void {
    this.buffer = EMPTY;
    this.mask = 0;
    this.head = 0;
  }
}

const EMPTY = new Uint8Array(0);
const MIN_CAPACITY = 2048;
const LOOP_MAX = 48;

/** A copy that allocates no view for short runs. */
function copyBytes(
  from: Uint8Array,
  fromOffset: number,
  to: Uint8Array,
  toOffset: number,
  length: number,
): void {
  if (length <= LOOP_MAX) {
    for (let i = 0; i < length; i++) to[toOffset + i] = from[fromOffset + i]!;
    return;
  }
  to.set(from.subarray(fromOffset, fromOffset + length), toOffset);
}
