/** ICMPv6 (RFC 4443): header, constants and checksum. Neighbour discovery and MLD have files of their own. */
import { put16, put32 } from './bytes.ts';
import { checksumAdd, checksumFold, pseudoHeaderSum6 } from './checksum.ts';
import { PROTO } from './ipv4.ts';

/** Offsets in the message. ID and SEQUENCE for echoes, MTU for PKT_TOOBIG, POINTER for PARAMPROB. */
export const ICMPV6 = {
  TYPE: 0,
  CODE: 1,
  CHECKSUM: 2,
  REST: 4,
  ID: 4,
  SEQUENCE: 6,
  MTU: 4,
  POINTER: 4,
  DATA: 8,
} as const;

/** Length of the header in bytes. */
export const ICMPV6_HEADER_LENGTH = 8;

/** Message types (uapi/linux/icmpv6.h, net/ndisc.h). */
export const ICMPV6_TYPE = {
  DEST_UNREACH: 1,
  PKT_TOOBIG: 2,
  TIME_EXCEED: 3,
  PARAMPROB: 4,
  ECHO_REQUEST: 128,
  ECHO_REPLY: 129,
  MGM_QUERY: 130,
  MGM_REPORT: 131,
  MGM_REDUCTION: 132,
  ROUTER_SOLICITATION: 133,
  ROUTER_ADVERTISEMENT: 134,
  NEIGHBOUR_SOLICITATION: 135,
  NEIGHBOUR_ADVERTISEMENT: 136,
  REDIRECT: 137,
  MLD2_REPORT: 143,
} as const;

/** Codes of DEST_UNREACH. */
export const ICMPV6_UNREACH = {
  NOROUTE: 0,
  ADM_PROHIBITED: 1,
  NOT_NEIGHBOUR: 2,
  ADDR_UNREACH: 3,
  PORT_UNREACH: 4,
  POLICY_FAIL: 5,
  REJECT_ROUTE: 6,
} as const;

/** Codes of TIME_EXCEED. */
export const ICMPV6_EXC = { HOPLIMIT: 0, FRAGTIME: 1 } as const;

/** Codes of PARAMPROB. */
export const ICMPV6_PARAMPROB = { HDR_FIELD: 0, UNK_NEXTHDR: 1, UNK_OPTION: 2 } as const;

/** True for the types that report an error (RFC 4443 section 2.1: the high bit of the type is clear). */
export function isIcmpv6Error(type: number): boolean {
  return type < 128;
}

/**
 * Computes the checksum over the pseudo-header and the message of `length` bytes and writes it. The addresses are
 * read from `buf`, 16 bytes at each of the two offsets.
 */
export function setIcmpv6Checksum(
  buf: Uint8Array,
  offset: number,
  length: number,
  sourceOffset: number,
  destinationOffset: number,
): void {
  put16(buf, offset + ICMPV6.CHECKSUM, 0);
  const pseudo = pseudoHeaderSum6(buf, sourceOffset, destinationOffset, PROTO.ICMPV6, length);
  put16(buf, offset + ICMPV6.CHECKSUM, ~checksumFold(checksumAdd(pseudo, buf, offset, length)) & 0xffff);
}

/** True when the message's checksum holds. */
export function isIcmpv6ChecksumValid(
  buf: Uint8Array,
  offset: number,
  length: number,
  sourceOffset: number,
  destinationOffset: number,
): boolean {
  const pseudo = pseudoHeaderSum6(buf, sourceOffset, destinationOffset, PROTO.ICMPV6, length);
  return checksumFold(checksumAdd(pseudo, buf, offset, length)) === 0xffff;
}

/** Writes an echo header; the checksum is set once the addresses and the data are in place. */
export function writeIcmpv6Echo(
  buf: Uint8Array,
  offset: number,
  type: number,
  id: number,
  sequence: number,
): void {
  buf[offset + ICMPV6.TYPE] = type;
  buf[offset + ICMPV6.CODE] = 0;
  put16(buf, offset + ICMPV6.CHECKSUM, 0);
  put16(buf, offset + ICMPV6.ID, id);
  put16(buf, offset + ICMPV6.SEQUENCE, sequence);
}

/** Writes an error's header, its second word (MTU, pointer or zero) included; the checksum is set afterwards. */
export function writeIcmpv6Error(
  buf: Uint8Array,
  offset: number,
  type: number,
  code: number,
  rest: number,
): void {
  buf[offset + ICMPV6.TYPE] = type;
  buf[offset + ICMPV6.CODE] = code;
  put16(buf, offset + ICMPV6.CHECKSUM, 0);
  put32(buf, offset + ICMPV6.REST, rest);
}
