import { put16, put32 } from '../bytes.ts';
import { checksumAdd, checksumFold } from '../checksum.ts';

/** The fixed header of RFC 9293 section 3.1: offsets of its fields, flag bits and option kinds. */
export const TCP_HEADER_BYTES = 20;

export const TCP_SOURCE_PORT = 0;
export const TCP_DESTINATION_PORT = 2;
export const TCP_SEQUENCE = 4;
export const TCP_ACKNOWLEDGEMENT = 8;
export const TCP_DATA_OFFSET = 12;
export const TCP_FLAGS = 13;
export const TCP_WINDOW = 14;
export const TCP_CHECKSUM = 16;
export const TCP_URGENT = 18;

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const PSH = 0x08;
export const ACK = 0x10;
export const URG = 0x20;
export const ECE = 0x40;
export const CWR = 0x80;

export const OPTION_END = 0;
export const OPTION_NOP = 1;
export const OPTION_MSS = 2;
export const OPTION_WINDOW_SCALE = 3;
export const OPTION_SACK_PERMITTED = 4;
export const OPTION_SACK = 5;
export const OPTION_TIMESTAMPS = 8;

/** What timestamps cost in every segment: the option and the two NOPs that align it. */
export const TIMESTAMPS_BYTES = 12;
export const MAX_WINDOW_SCALE = 14;
export const MAX_SACK_BLOCKS = 4;
/** The MSS of a peer that sends no MSS option over IPv4 (RFC 9293 section 3.7.1). */
export const DEFAULT_MSS_BYTES = 536;

export function putPorts(buf: Uint8Array, offset: number, sourcePort: number, destinationPort: number): void {
  put16(buf, offset + TCP_SOURCE_PORT, sourcePort);
  put16(buf, offset + TCP_DESTINATION_PORT, destinationPort);
}

/** Fills the checksum of a segment of `length` bytes; `pseudoSum` is the pseudo-header's running sum. */
export function putTcpChecksum(buf: Uint8Array, offset: number, length: number, pseudoSum: number): void {
  put16(buf, offset + TCP_CHECKSUM, 0);
  put16(buf, offset + TCP_CHECKSUM, ~checksumFold(checksumAdd(pseudoSum, buf, offset, length)) & 0xffff);
}

export function isTcpChecksumValid(
  buf: Uint8Array,
  offset: number,
  length: number,
  pseudoSum: number,
): boolean {
  return checksumFold(checksumAdd(pseudoSum, buf, offset, length)) === 0xffff;
}

/** Writes NOP NOP TIMESTAMPS; returns the offset after it. */
export function putAlignedTimestamps(buf: Uint8Array, offset: number, tsVal: number, tsEcr: number): number {
  put32(buf, offset, 0x0101080a);
  put32(buf, offset + 4, tsVal);
  put32(buf, offset + 8, tsEcr);
  return offset + TIMESTAMPS_BYTES;
}
