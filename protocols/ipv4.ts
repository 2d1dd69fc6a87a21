/** IPv4 headers (RFC 791). Readers take a checked header: see ipv4HeaderError. */
import { get16, get32, put16, put32 } from './bytes.ts';
import { checksum, checksumAdd, checksumFold, checksumReplace16, wordsOf32 } from './checksum.ts';

/** Offsets in the header. */
export const IPV4 = {
  VERSION_IHL: 0,
  TOS: 1,
  TOTAL_LENGTH: 2,
  ID: 4,
  FLAGS_FRAGMENT: 6,
  TTL: 8,
  PROTOCOL: 9,
  CHECKSUM: 10,
  SOURCE: 12,
  DESTINATION: 16,
  OPTIONS: 20,
} as const;

/** Length of a header without options. */
export const IPV4_HEADER_LENGTH = 20;

/** Bits of the flags-and-fragment-offset word (IP_DF, IP_MF, IP_OFFSET; IP_CE is the reserved bit). */
export const IPV4_FLAG = {
  RESERVED: 0x8000,
  DF: 0x4000,
  MF: 0x2000,
  OFFSET_MASK: 0x1fff,
} as const;

/** Protocol numbers, the IPv6 extension headers among them (include/uapi/linux/in.h, in6.h). */
export const PROTO = {
  HOPOPTS: 0,
  ICMP: 1,
  IGMP: 2,
  IPIP: 4,
  TCP: 6,
  UDP: 17,
  IPV6: 41,
  ROUTING: 43,
  FRAGMENT: 44,
  GRE: 47,
  ESP: 50,
  AH: 51,
  ICMPV6: 58,
  NONE: 59,
  DSTOPTS: 60,
  SCTP: 132,
} as const;

/** Option types (RFC 791 section 3.1, RFC 2113), with the copied flag in them. */
export const IPV4_OPTION = {
  END: 0,
  NOOP: 1,
  RECORD_ROUTE: 7,
  TIMESTAMP: 68,
  SECURITY: 130,
  LOOSE_SOURCE_ROUTE: 131,
  STRICT_SOURCE_ROUTE: 137,
  ROUTER_ALERT: 148,
} as const;

/** Options with this bit are copied into every fragment. */
export const IPV4_OPTION_COPIED = 0x80;

export function ipv4HeaderLength(buf: Uint8Array, offset: number): number {
  return (buf[offset]! & 0x0f) << 2;
}

export function ipv4TotalLength(buf: Uint8Array, offset: number): number {
  return get16(buf, offset + IPV4.TOTAL_LENGTH);
}

export function ipv4Source(buf: Uint8Array, offset: number): number {
  return get32(buf, offset + IPV4.SOURCE);
}

export function ipv4Destination(buf: Uint8Array, offset: number): number {
  return get32(buf, offset + IPV4.DESTINATION);
}

/** The offset of this fragment's data in the datagram, in bytes. */
export function ipv4FragmentOffset(buf: Uint8Array, offset: number): number {
  return (get16(buf, offset + IPV4.FLAGS_FRAGMENT) & IPV4_FLAG.OFFSET_MASK) << 3;
}

/** True for any fragment: more fragments follow, or data came before (ip_is_fragment). */
export function isIpv4Fragment(buf: Uint8Array, offset: number): boolean {
  return (get16(buf, offset + IPV4.FLAGS_FRAGMENT) & (IPV4_FLAG.MF | IPV4_FLAG.OFFSET_MASK)) !== 0;
}

export function hasIpv4DontFragment(buf: Uint8Array, offset: number): boolean {
  return (buf[offset + IPV4.FLAGS_FRAGMENT]! & 0x40) !== 0;
}

/** What ip_rcv_core() finds wrong with a header; NONE when it may be read. */
export const IPV4_HEADER_ERROR = { NONE: 0, HEADER: 1, CHECKSUM: 2, TRUNCATED: 3 } as const;

/**
 * Checks the header of `length` bytes at `offset` in ip_rcv_core()'s order: version, IHL, checksum, total
 * length. Bytes past the total length (Ethernet padding) are allowed; the caller trims them.
 */
export function ipv4HeaderError(buf: Uint8Array, offset: number, length: number): number {
  if (length < IPV4_HEADER_LENGTH) return IPV4_HEADER_ERROR.HEADER;
  if (buf[offset]! >>> 4 !== 4) return IPV4_HEADER_ERROR.HEADER;
  const headerLength = ipv4HeaderLength(buf, offset);
  if (headerLength < IPV4_HEADER_LENGTH || headerLength > length) return IPV4_HEADER_ERROR.HEADER;
  if (checksumFold(checksumAdd(0, buf, offset, headerLength)) !== 0xffff) return IPV4_HEADER_ERROR.CHECKSUM;
  const totalLength = ipv4TotalLength(buf, offset);
  if (totalLength > length) return IPV4_HEADER_ERROR.TRUNCATED;
  if (totalLength < headerLength) return IPV4_HEADER_ERROR.HEADER;
  return IPV4_HEADER_ERROR.NONE;
}

/** Computes the header checksum and writes it (ip_send_check). */
export function setIpv4Checksum(buf: Uint8Array, offset: number): void {
  put16(buf, offset + IPV4.CHECKSUM, 0);
  put16(buf, offset + IPV4.CHECKSUM, checksum(buf, offset, ipv4HeaderLength(buf, offset)));
}

/**
 * Writes a header without options, checksum included. `flagsFragment` is the whole word: flags, and the offset
 * in units of eight bytes.
 */
export function writeIpv4Header(
  buf: Uint8Array,
  offset: number,
  tos: number,
  totalLength: number,
  id: number,
  flagsFragment: number,
  ttl: number,
  protocol: number,
  source: number,
  destination: number,
): void {
  buf[offset + IPV4.VERSION_IHL] = 0x45;
  buf[offset + IPV4.TOS] = tos;
  put16(buf, offset + IPV4.TOTAL_LENGTH, totalLength);
  put16(buf, offset + IPV4.ID, id);
  put16(buf, offset + IPV4.FLAGS_FRAGMENT, flagsFragment);
  buf[offset + IPV4.TTL] = ttl;
  buf[offset + IPV4.PROTOCOL] = protocol;
  put32(buf, offset + IPV4.SOURCE, source);
  put32(buf, offset + IPV4.DESTINATION, destination);
  // The sum of the words just written, without reading them again.
  const sum =
    (0x4500 | (tos & 0xff)) +
    (totalLength & 0xffff) +
    (id & 0xffff) +
    (flagsFragment & 0xffff) +
    (((ttl & 0xff) << 8) | (protocol & 0xff)) +
    wordsOf32(source) +
    wordsOf32(destination);
  put16(buf, offset + IPV4.CHECKSUM, ~checksumFold(sum));
}

/** Lowers the TTL by one and updates the checksum (ip_decrease_ttl); returns the new TTL. */
export function decreaseIpv4Ttl(buf: Uint8Array, offset: number): number {
  const from = get16(buf, offset + IPV4.TTL);
  const to = (from - 0x0100) & 0xffff;
  put16(buf, offset + IPV4.TTL, to);
  const check = get16(buf, offset + IPV4.CHECKSUM);
  put16(buf, offset + IPV4.CHECKSUM, checksumReplace16(check, from, to));
  return to >>> 8;
}

/** Where an option walk starts. */
export const IPV4_OPTIONS_START = IPV4.OPTIONS;

/**
 * The relative offset (from the start of the header) of the first option at or after the relative offset `from`,
 * past NOOPs; 0 when there is none left, -1 when the options are malformed. Walk on from
 * `at + ipv4OptionLength(buf, offset, at)`.
 */
export function nextIpv4Option(buf: Uint8Array, offset: number, from: number): number {
  const end = ipv4HeaderLength(buf, offset);
  let at = from;
  while (at < end && buf[offset + at] === IPV4_OPTION.NOOP) at++;
  if (at >= end || buf[offset + at] === IPV4_OPTION.END) return 0;
  if (at + 1 >= end) return -1;
  const length = buf[offset + at + 1]!;
  return length < 2 || at + length > end ? -1 : at;
}

/** The length in bytes of the option that nextIpv4Option found at the relative offset `at`. */
export function ipv4OptionLength(buf: Uint8Array, offset: number, at: number): number {
  return buf[offset + at + 1]!;
}
