/**
 * IPv6 headers and extension headers (RFC 8200). Not modelled: jumbograms (RFC 2675) and the processing of routing
 * headers; they are walked past as any other.
 */
import { get16, get32, put16, put32 } from './bytes.ts';
import { PROTO } from './ipv4.ts';
import type { Ipv6Address } from './ipv6-address.ts';

/** Offsets in the header. */
export const IPV6 = {
  VERSION_CLASS_FLOW: 0,
  PAYLOAD_LENGTH: 4,
  NEXT_HEADER: 6,
  HOP_LIMIT: 7,
  SOURCE: 8,
  DESTINATION: 24,
} as const;

/** Length of the fixed header in bytes. */
export const IPV6_HEADER_LENGTH = 40;

/** The MTU every IPv6 link must offer, and the longest ICMPv6 error (RFC 8200 section 5, RFC 4443 section 2.4). */
export const IPV6_MIN_MTU = 1280;

/** Offsets in a fragment header (section 4.5). */
export const IPV6_FRAGMENT = {
  NEXT_HEADER: 0,
  RESERVED: 1,
  OFFSET_FLAGS: 2,
  ID: 4,
} as const;

/** Length of a fragment header in bytes. */
export const IPV6_FRAGMENT_LENGTH = 8;

/** Bits of a fragment header's OFFSET_FLAGS word: the offset in bytes once masked, and "more fragments". */
export const IPV6_FRAGMENT_FLAG = { OFFSET_MASK: 0xfff8, MF: 0x0001 } as const;

/** Option types inside hop-by-hop and destination options headers (RFC 8200 section 4.2, RFC 2711). */
export const IPV6_OPTION = { PAD1: 0, PADN: 1, ROUTER_ALERT: 5 } as const;

export function ipv6PayloadLength(buf: Uint8Array, offset: number): number {
  return get16(buf, offset + IPV6.PAYLOAD_LENGTH);
}

/** The traffic class, all eight bits. */
export function ipv6TrafficClass(buf: Uint8Array, offset: number): number {
  return (get16(buf, offset) >>> 4) & 0xff;
}

/** The flow label, 20 bits. */
export function ipv6FlowLabel(buf: Uint8Array, offset: number): number {
  return get32(buf, offset) & 0xfffff;
}

/** True when `length` bytes at `offset` hold a header and all of the payload that it states. */
export function isIpv6HeaderValid(buf: Uint8Array, offset: number, length: number): boolean {
  return (
    length >= IPV6_HEADER_LENGTH &&
    buf[offset]! >>> 4 === 6 &&
    IPV6_HEADER_LENGTH + ipv6PayloadLength(buf, offset) <= length
  );
}

/** Writes a fixed header. */
export function writeIpv6Header(
  buf: Uint8Array,
  offset: number,
  trafficClass: number,
  flowLabel: number,
  payloadLength: number,
  nextHeader: number,
  hopLimit: number,
  source: Ipv6Address,
  destination: Ipv6Address,
): void {
  put32(buf, offset, (0x60000000 | (trafficClass << 20) | (flowLabel & 0xfffff)) >>> 0);
  put16(buf, offset + IPV6.PAYLOAD_LENGTH, payloadLength);
  buf[offset + IPV6.NEXT_HEADER] = nextHeader;
  buf[offset + IPV6.HOP_LIMIT] = hopLimit;
  source.write(buf, offset + IPV6.SOURCE);
  destination.write(buf, offset + IPV6.DESTINATION);
}

/** Writes a fragment header. `fragmentOffset` is in bytes and a multiple of eight. */
export function writeIpv6FragmentHeader(
  buf: Uint8Array,
  offset: number,
  nextHeader: number,
  fragmentOffset: number,
  moreFragments: boolean,
  id: number,
): void {
  buf[offset + IPV6_FRAGMENT.NEXT_HEADER] = nextHeader;
  buf[offset + IPV6_FRAGMENT.RESERVED] = 0;
  put16(
    buf,
    offset + IPV6_FRAGMENT.OFFSET_FLAGS,
    fragmentOffset | (moreFragments ? IPV6_FRAGMENT_FLAG.MF : 0),
  );
  put32(buf, offset + IPV6_FRAGMENT.ID, id);
}

/** True for the headers that a walk passes (ipv6_ext_hdr, but for "no next header"). */
export function isIpv6ExtensionHeader(protocol: number): boolean {
  switch (protocol) {
    case PROTO.HOPOPTS:
    case PROTO.ROUTING:
    case PROTO.FRAGMENT:
    case PROTO.AH:
    case PROTO.DSTOPTS:
      return true;
    default:
      return false;
  }
}

/** The length in bytes that an extension header states: AH counts in four bytes, the others in eight. */
export function ipv6ExtensionHeaderLength(buf: Uint8Array, at: number, protocol: number): number {
  if (protocol === PROTO.FRAGMENT) return IPV6_FRAGMENT_LENGTH;
  if (protocol === PROTO.AH) return (buf[at + 1]! + 2) << 2;
  return (buf[at + 1]! + 1) << 3;
}

/**
 * Walks the extension headers of the packet of `length` bytes at `offset` to its upper-layer header, as
 * ipv6_skip_exthdr() does. A fragment that is not the first ends the walk at its fragment header: no upper-layer
 * header follows there. Returns both results in one number (walkedProtocol, walkedOffset), or -1 when a header
 * does not fit the packet.
 */
export function walkIpv6Headers(buf: Uint8Array, offset: number, length: number): number {
  let protocol = buf[offset + IPV6.NEXT_HEADER]!;
  let at = IPV6_HEADER_LENGTH;
  while (isIpv6ExtensionHeader(protocol)) {
    if (at + 8 > length) return -1;
    const header = offset + at;
    if (protocol === PROTO.FRAGMENT && isLaterFragment(buf, header)) break;
    const headerLength = ipv6ExtensionHeaderLength(buf, header, protocol);
    if (at + headerLength > length) return -1;
    protocol = buf[header]!;
    at += headerLength;
  }
  return (protocol << 20) | at;
}

function isLaterFragment(buf: Uint8Array, header: number): boolean {
  return (get16(buf, header + IPV6_FRAGMENT.OFFSET_FLAGS) & IPV6_FRAGMENT_FLAG.OFFSET_MASK) !== 0;
}

/** The protocol that a walk ended at. */
export function walkedProtocol(walk: number): number {
  return walk >>> 20;
}

/** Where the walk ended, in bytes from the start of the fixed header. */
export function walkedOffset(walk: number): number {
  return walk & 0xfffff;
}

/**
 * The relative offset of the packet's fragment header, or -1 when it has none or a header does not fit. The
 * headers before it are those that every fragment repeats.
 */
export function findIpv6FragmentHeader(buf: Uint8Array, offset: number, length: number): number {
  let protocol = buf[offset + IPV6.NEXT_HEADER]!;
  let at = IPV6_HEADER_LENGTH;
  while (isIpv6ExtensionHeader(protocol)) {
    if (at + 8 > length) return -1;
    if (protocol === PROTO.FRAGMENT) return at;
    const header = offset + at;
    at += ipv6ExtensionHeaderLength(buf, header, protocol);
    protocol = buf[header]!;
  }
  return -1;
}
