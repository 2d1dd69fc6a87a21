/** Arithmetic on 32-bit sequence numbers, modulo 2^32 (RFC 9293 section 3.4). */

/** The distance from `from` to `to`, signed: positive when `to` lies after `from`. */
export function seqDiff(to: number, from: number): number {
  return (to - from) | 0;
}

export function seqAdd(seq: number, length: number): number {
  return (seq + length) >>> 0;
}

export function seqBefore(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

export function seqAfter(a: number, b: number): boolean {
  return ((a - b) | 0) > 0;
}

/** Whether low ≤ seq ≤ high. */
export function seqBetween(seq: number, low: number, high: number): boolean {
  return (high - low) >>> 0 >= (seq - low) >>> 0;
}
