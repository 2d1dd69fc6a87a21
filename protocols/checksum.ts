/**
 * The Internet checksum (RFC 1071). Sums are kept unfolded in a JS number and folded once at the end. What is added are
 * 16-bit words, so the sum of a packet is a small integer, which the engine passes on without a place in memory.
 */

/** Adds `length` bytes from `offset` to a running sum of 16-bit words. An odd last byte is padded with zero. */
export function checksumAdd(sum: number, buf: Uint8Array, offset: number, length: number): number {
  const end = offset + length;
  const foursEnd = end - 3;
  let high = 0;
  let low = 0;
  let i = offset;
  for (; i < foursEnd; i += 4) {
    high += buf[i]! + buf[i + 2]!;
    low += buf[i + 1]! + buf[i + 3]!;
  }
  if (i + 1 < end) {
    high += buf[i]!;
    low += buf[i + 1]!;
    i += 2;
  }
  if (i < end) high += buf[i]!;
  return sum + high * 256 + low;
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
  const foursEnd = end - 3;
  let low = 0;
  let high = 0;
  let i = offset >> 2;
  for (; i < foursEnd; i += 4) {
    const a = words[i]!;
    const b = words[i + 1]!;
    const c = words[i + 2]!;
    const d = words[i + 3]!;
    low += (a & 0xffff) + (b & 0xffff) + (c & 0xffff) + (d & 0xffff);
    high += (a >>> 16) + (b >>> 16) + (c >>> 16) + (d >>> 16);
  }
  for (; i < end; i++) {
    low += words[i]! & 0xffff;
    high += words[i]! >>> 16;
  }
  const folded = checksumFold(low + high);
  const swapped = ((folded & 0xff) << 8) | (folded >>> 8);
  return checksumAdd(sum + swapped, buf, offset + (length & ~3), length & 3);
}

/** What a 32-bit value, an address for one, adds to a running sum: its two words. */
export function wordsOf32(value: number): number {
  return (value >>> 16) + (value & 0xffff);
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
  return wordsOf32(source) + wordsOf32(destination) + protocol + length;
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
  return ~checksumFold((~check & 0xffff) + wordsOf32(~from) + wordsOf32(to)) & 0xffff;
}
