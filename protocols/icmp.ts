/** ICMP (RFC 792, RFC 1191, RFC 1812). Constants carry the kernel's names without `ICMP_` (uapi/linux/icmp.h). */
import { put16, put32 } from './bytes.ts';
import { checksum, checksumAdd, checksumFold } from './checksum.ts';

/** Offsets in the message. ID and SEQUENCE for echoes, MTU for FRAG_NEEDED, GATEWAY for redirects. */
export const ICMP = {
  TYPE: 0,
  CODE: 1,
  CHECKSUM: 2,
  REST: 4,
  ID: 4,
  SEQUENCE: 6,
  GATEWAY: 4,
  POINTER: 4,
  MTU: 6,
  DATA: 8,
} as const;

/** Length of the header in bytes. */
export const ICMP_HEADER_LENGTH = 8;

export const ICMP_TYPE = {
  ECHOREPLY: 0,
  DEST_UNREACH: 3,
  SOURCE_QUENCH: 4,
  REDIRECT: 5,
  ECHO: 8,
  TIME_EXCEEDED: 11,
  PARAMETERPROB: 12,
  TIMESTAMP: 13,
  TIMESTAMPREPLY: 14,
  INFO_REQUEST: 15,
  INFO_REPLY: 16,
  ADDRESS: 17,
  ADDRESSREPLY: 18,
} as const;

/** Codes of DEST_UNREACH. */
export const ICMP_UNREACH = {
  NET_UNREACH: 0,
  HOST_UNREACH: 1,
  PROT_UNREACH: 2,
  PORT_UNREACH: 3,
  FRAG_NEEDED: 4,
  SR_FAILED: 5,
  NET_UNKNOWN: 6,
  HOST_UNKNOWN: 7,
  HOST_ISOLATED: 8,
  NET_ANO: 9,
  HOST_ANO: 10,
  NET_UNR_TOS: 11,
  HOST_UNR_TOS: 12,
  PKT_FILTERED: 13,
  PREC_VIOLATION: 14,
  PREC_CUTOFF: 15,
} as const;

/** Codes of REDIRECT. */
export const ICMP_REDIR = { NET: 0, HOST: 1, NETTOS: 2, HOSTTOS: 3 } as const;

/** Codes of TIME_EXCEEDED. */
export const ICMP_EXC = { TTL: 0, FRAGTIME: 1 } as const;

/** True for the types that report an error and quote a packet; no error may be sent about these. */
export function isIcmpError(type: number): boolean {
  switch (type) {
    case ICMP_TYPE.DEST_UNREACH:
    case ICMP_TYPE.SOURCE_QUENCH:
    case ICMP_TYPE.REDIRECT:
    case ICMP_TYPE.TIME_EXCEEDED:
    case ICMP_TYPE.PARAMETERPROB:
      return true;
    default:
      return false;
  }
}

/** Computes the checksum over the message of `length` bytes and writes it. */
export function setIcmpChecksum(buf: Uint8Array, offset: number, length: number): void {
  put16(buf, offset + ICMP.CHECKSUM, 0);
  put16(buf, offset + ICMP.CHECKSUM, checksum(buf, offset, length));
}

/** True when the message's checksum holds. */
export function isIcmpChecksumValid(buf: Uint8Array, offset: number, length: number): boolean {
  return checksumFold(checksumAdd(0, buf, offset, length)) === 0xffff;
}

/** Writes an echo header over `length` bytes of message whose data is in place, checksum included. */
export function writeIcmpEcho(
  buf: Uint8Array,
  offset: number,
  length: number,
  type: number,
  id: number,
  sequence: number,
): void {
  buf[offset + ICMP.TYPE] = type;
  buf[offset + ICMP.CODE] = 0;
  put16(buf, offset + ICMP.ID, id);
  put16(buf, offset + ICMP.SEQUENCE, sequence);
  setIcmpChecksum(buf, offset, length);
}

/**
 * Writes an error's header over `length` bytes of message whose quoted packet is in place, checksum included.
 * `rest` is the second word: the gateway, the MTU, the pointer in its top byte, or zero.
 */
export function writeIcmpError(
  buf: Uint8Array,
  offset: number,
  length: number,
  type: number,
  code: number,
  rest: number,
): void {
  buf[offset + ICMP.TYPE] = type;
  buf[offset + ICMP.CODE] = code;
  put32(buf, offset + ICMP.REST, rest);
  setIcmpChecksum(buf, offset, length);
}
