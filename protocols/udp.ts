/** UDP (RFC 768, over IPv6 RFC 8200 section 8.1). */
import { get16, put16 } from './bytes.ts';
import { checksumAdd, checksumFold, pseudoHeaderSum, pseudoHeaderSum6 } from './checksum.ts';
import { PROTO } from './ipv4.ts';

/** Offsets in the header. */
export const UDP = {
  SOURCE_PORT: 0,
  DESTINATION_PORT: 2,
  LENGTH: 4,
  CHECKSUM: 6,
} as const;

/** Length of the header in bytes. */
export const UDP_HEADER_LENGTH = 8;

/** Writes a header with a zero checksum: set it afterwards, or leave it (no checksum, IPv4 only). */
export function writeUdpHeader(
  buf: Uint8Array,
  offset: number,
  sourcePort: number,
  destinationPort: number,
  length: number,
): void {
  put16(buf, offset + UDP.SOURCE_PORT, sourcePort);
  put16(buf, offset + UDP.DESTINATION_PORT, destinationPort);
  put16(buf, offset + UDP.LENGTH, length);
  put16(buf, offset + UDP.CHECKSUM, 0);
}

/** The field for a running sum: a computed zero is sent as 0xffff, for zero says "no checksum". */
function finish(sum: number): number {
  const check = ~checksumFold(sum) & 0xffff;
  return check === 0 ? 0xffff : check;
}

/** Computes the checksum of the `length`-byte datagram at `offset` over IPv4 and writes it. */
export function setUdpChecksum(
  buf: Uint8Array,
  offset: number,
  length: number,
  source: number,
  destination: number,
): void {
  put16(buf, offset + UDP.CHECKSUM, 0);
  const pseudo = pseudoHeaderSum(source, destination, PROTO.UDP, length);
  put16(buf, offset + UDP.CHECKSUM, finish(checksumAdd(pseudo, buf, offset, length)));
}

/** Computes the checksum over IPv6 and writes it; the addresses are read at the two offsets of `buf`. */
export function setUdpChecksum6(
  buf: Uint8Array,
  offset: number,
  length: number,
  sourceOffset: number,
  destinationOffset: number,
): void {
  put16(buf, offset + UDP.CHECKSUM, 0);
  const pseudo = pseudoHeaderSum6(buf, sourceOffset, destinationOffset, PROTO.UDP, length);
  put16(buf, offset + UDP.CHECKSUM, finish(checksumAdd(pseudo, buf, offset, length)));
}

/** True when the checksum holds over IPv4, or is absent (zero). */
export function isUdpChecksumValid(
  buf: Uint8Array,
  offset: number,
  length: number,
  source: number,
  destination: number,
): boolean {
  if (get16(buf, offset + UDP.CHECKSUM) === 0) return true;
  const pseudo = pseudoHeaderSum(source, destination, PROTO.UDP, length);
  return checksumFold(checksumAdd(pseudo, buf, offset, length)) === 0xffff;
}

/** True when the checksum holds over IPv6, where it may not be absent. */
export function isUdpChecksumValid6(
  buf: Uint8Array,
  offset: number,
  length: number,
  sourceOffset: number,
  destinationOffset: number,
): boolean {
  if (get16(buf, offset + UDP.CHECKSUM) === 0) return false;
  const pseudo = pseudoHeaderSum6(buf, sourceOffset, destinationOffset, PROTO.UDP, length);
  return checksumFold(checksumAdd(pseudo, buf, offset, length)) === 0xffff;
}

/**
 * The length the header states, checked as __udp4_lib_rcv() does against the bytes there are: -1 when it is
 * shorter than a header or longer than `available`.
 */
export function udpLength(buf: Uint8Array, offset: number, available: number): number {
  if (available < UDP_HEADER_LENGTH) return -1;
  const length = get16(buf, offset + UDP.LENGTH);
  return length < UDP_HEADER_LENGTH || length > available ? -1 : length;
}
