import { get16, get32 } from './bytes.ts';

/**
 * The Internet checksum (RFC 1071). Sums are kept unfolded in a JS number, which is exact far beyond 64 KiB of
 * 32-bit words, and folded once at the end.
 */

/** Adds `length` bytes from `offset` to a running sum of 16-bit words. An odd last byte is padded with zero. */
export function checksumAdd(sum: number, buf: Uint8Array, offset: number, length: number): number {
  const end = offset + length;
  const wordsEnd = end - 3;
  let total = sum;
  let i = offset;
  // Reading 32-bit words is sound: 2^16 ≡ 1 modulo 0xffff, so a word's halves add up the same.
  for (; i < wordsEnd; i += 4) total += get32(buf, i);
  if (i + 1 < end) {
    total += get16(buf, i);
    i += 2;
  }
  if (i < end) total += buf[i]! << 8;
  return total;
}

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * The same as checksumAdd for data that starts at a multiple of four of `buf`, whose memory `words` shows as
 * 32-bit integers: one load for four bytes. The sum is taken in the machine's byte order and swapped once
 * (RFC 1071 section 2 (B)).
 */
export function checksumAddWords(
  sum: number,
  buf: Uint8Array,
  words: Int32Array,
  offset: number,
  length: number,
): number {
  if (!LITTLE_ENDIAN || (offset & 3) !== 0) return checksumAdd(sum, buf, offset, length);
  const end = (offset + (length & ~3)) >> 2;
  let low = 0;
  let high = 0;
  for (let i = offset >> 2; i < end; i++) {
    const word = words[i]!;
    low += word & 0xffff;
    high += word >>> 16;
  }
  const folded = checksumFold(low + high);
  const swapped = ((folded & 0xff) << 8) | (folded >>> 8);
  return checksumAdd(sum + swapped, buf, offset + (length & ~3), length & 3);
}

/** Folds a running sum to 16 bits (no complement). */
export function checksumFold(sum: number): number {
  let folded = sum;
  if (folded > 0xffffffff) folded = (folded % 0x1_0000_0000) + Math.floor(folded / 0x1_0000_0000);
  if (folded > 0xffffffff) folded = (folded % 0x1_0000_0000) + 1;
  folded = (folded & 0xffff) + (folded >>> 16);
  folded = (folded & 0xffff) + (folded >>> 16);
  return (folded & 0xffff) + (folded >>> 16);
}

/** The checksum field for `length` bytes: the complement of the folded sum. */
export function checksum(buf: Uint8Array, offset: number, length: number): number {
  return ~checksumFold(checksumAdd(0, buf, offset, length)) & 0xffff;
}

/** The running sum of an IPv4 pseudo-header (RFC 768, RFC 9293 section 3.1). Addresses are unsigned 32-bit. */
export function pseudoHeaderSum(
  source: number,
  destination: number,
  protocol: number,
  length: number,
): number {
  return source + destination + protocol + length;
}

/** The running sum of an IPv6 pseudo-header (RFC 8200 section 8.1); addresses are read from the packet. */
export function pseudoHeaderSum6(
  buf: Uint8Array,
  sourceOffset: number,
  destinationOffset: number,
  nextHeader: number,
  length: number,
): number {
  return checksumAdd(checksumAdd(nextHeader + length, buf, sourceOffset, 16), buf, destinationOffset, 16);
}

/** Updates a checksum field for a 16-bit word that changed (RFC 1624 equation 3). */
export function checksumReplace16(check: number, from: number, to: number): number {
  return ~checksumFold((~check & 0xffff) + (~from & 0xffff) + to) & 0xffff;
}

/** Updates a checksum field for a 32-bit word that changed (RFC 1624 equation 3). */
export function checksumReplace32(check: number, from: number, to: number): number {
  return ~checksumFold((~check & 0xffff) + (~from >>> 0) + to) & 0xffff;
}
