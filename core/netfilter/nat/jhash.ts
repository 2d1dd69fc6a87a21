/** Jenkins' hash lookup3 over 32-bit words (linux/jhash.h), which chooses among several NAT addresses. */
const INITIAL = 0xdeadbeef;

function rotate(value: number, shift: number): number {
  return (value << shift) | (value >>> (32 - shift));
}

/** jhash2 over `words`; unsigned. */
export function jhash2(words: readonly number[], seed: number): number {
  let length = words.length;
  let a = (INITIAL + (length << 2) + seed) | 0;
  let b = a;
  let c = a;
  let at = 0;
  while (length > 3) {
    a = (a + words[at]!) | 0;
    b = (b + words[at + 1]!) | 0;
    c = (c + words[at + 2]!) | 0;
    a = ((a - c) ^ rotate(c, 4)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ rotate(a, 6)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ rotate(b, 8)) | 0;
    b = (b + a) | 0;
    a = ((a - c) ^ rotate(c, 16)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ rotate(a, 19)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ rotate(b, 4)) | 0;
    b = (b + a) | 0;
    length -= 3;
    at += 3;
  }
  if (length === 0) return c >>> 0;
  if (length === 3) c = (c + words[at + 2]!) | 0;
  if (length >= 2) b = (b + words[at + 1]!) | 0;
  a = (a + words[at]!) | 0;
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  c = ((c ^ b) - rotate(b, 24)) | 0;
  return c >>> 0;
}

/** reciprocal_scale: a number in [0, range) that goes with a hash. */
export function reciprocalScale(hash: number, range: number): number {
  return Math.floor((hash * range) / 0x1_0000_0000);
}

/** A word as a little-endian machine reads it from the wire, for hashes equal to those of x86. */
export function swap32(word: number): number {
  return ((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | ((word >>> 24) & 0xff);
}
