/**
 * Neighbour discovery messages (RFC 4861) and their options. Writers leave the checksum to setIcmpv6Checksum.
 * Not modelled: redirects, secure ND (RFC 3971) but for the nonce that duplicate address detection sends
 * (RFC 7527).
 */
import { put16, put32 } from './bytes.ts';
import { ICMPV6, ICMPV6_TYPE } from './icmpv6.ts';
import type { Ipv6Address } from './ipv6-address.ts';
import { copyMac, MAC_LENGTH } from './mac-address.ts';

/** Offsets in neighbour solicitations and advertisements (sections 4.3, 4.4), from the ICMPv6 header. */
export const ND_NEIGHBOUR = { FLAGS: 4, TARGET: 8, OPTIONS: 24 } as const;

/** Flags of a neighbour advertisement, in the byte at FLAGS: router, solicited, override. */
export const ND_NA_FLAG = { ROUTER: 0x80, SOLICITED: 0x40, OVERRIDE: 0x20 } as const;

/** Offsets in router solicitations (section 4.1). */
export const ND_ROUTER_SOLICITATION = { OPTIONS: 8 } as const;

/** Offsets in router advertisements (section 4.2); times in the units of the RFC (seconds, milliseconds). */
export const ND_ROUTER_ADVERTISEMENT = {
  CUR_HOP_LIMIT: 4,
  FLAGS: 5,
  ROUTER_LIFETIME: 6,
  REACHABLE_TIME: 8,
  RETRANS_TIMER: 12,
  OPTIONS: 16,
} as const;

/** Option types (section 4.6; NONCE: RFC 3971 section 5.3.2). */
export const ND_OPTION = {
  SOURCE_LINK_ADDRESS: 1,
  TARGET_LINK_ADDRESS: 2,
  PREFIX_INFORMATION: 3,
  REDIRECTED_HEADER: 4,
  MTU: 5,
  NONCE: 14,
} as const;

/** Offsets in a prefix information option (section 4.6.2), and its flags. */
export const ND_PREFIX = {
  PREFIX_LENGTH: 2,
  FLAGS: 3,
  VALID_LIFETIME: 4,
  PREFERRED_LIFETIME: 8,
  PREFIX: 16,
} as const;
export const ND_PREFIX_FLAG = { ON_LINK: 0x80, AUTONOMOUS: 0x40 } as const;

/** Lengths in bytes: a link-address option, a nonce option, a prefix option, an MTU option. */
export const ND_LINK_ADDRESS_LENGTH = 8;
export const ND_NONCE_LENGTH = 8;
export const ND_PREFIX_LENGTH = 32;
export const ND_MTU_LENGTH = 8;

/** The hop limit every message is sent with and must arrive with: it then comes from the link. */
export const ND_HOP_LIMIT = 255;

/**
 * The offset of the first option of a type, searched from `from` up to `end` (both absolute); -1 when there is
 * none. Ends at a malformed option (length zero, or past `end`).
 */
export function findNdOption(buf: Uint8Array, from: number, end: number, type: number): number {
  let at = from;
  while (at + 8 <= end) {
    const length = buf[at + 1]! << 3;
    if (length === 0 || at + length > end) return -1;
    if (buf[at] === type) return at;
    at += length;
  }
  return -1;
}

/** True when the options from `from` fill the bytes up to `end` exactly (ndisc_parse_options accepts nothing else). */
export function areNdOptionsValid(buf: Uint8Array, from: number, end: number): boolean {
  let at = from;
  while (at < end) {
    if (at + 2 > end) return false;
    const length = buf[at + 1]! << 3;
    if (length === 0 || at + length > end) return false;
    at += length;
  }
  return at === end;
}

/** Where the MAC address stands in a link-address option. */
export const ND_LINK_ADDRESS_MAC = 2;

function writeHeader(buf: Uint8Array, offset: number, type: number): void {
  buf[offset + ICMPV6.TYPE] = type;
  buf[offset + ICMPV6.CODE] = 0;
  put16(buf, offset + ICMPV6.CHECKSUM, 0);
  put32(buf, offset + ICMPV6.REST, 0);
}

/** Writes a source or target link-address option; returns the offset after it. */
export function writeNdLinkAddress(buf: Uint8Array, offset: number, type: number, mac: Uint8Array): number {
  buf[offset] = type;
  buf[offset + 1] = 1;
  copyMac(buf, offset + ND_LINK_ADDRESS_MAC, mac);
  return offset + ND_LINK_ADDRESS_LENGTH;
}

/** Writes a nonce option of six bytes; returns the offset after it. */
export function writeNdNonce(buf: Uint8Array, offset: number, nonce: Uint8Array): number {
  buf[offset] = ND_OPTION.NONCE;
  buf[offset + 1] = 1;
  for (let i = 0; i < MAC_LENGTH; i++) buf[offset + 2 + i] = nonce[i]!;
  return offset + ND_NONCE_LENGTH;
}

/** Writes a prefix information option, lifetimes in seconds; returns the offset after it. */
export function writeNdPrefix(
  buf: Uint8Array,
  offset: number,
  prefix: Ipv6Address,
  prefixLength: number,
  flags: number,
  validLifetimeS: number,
  preferredLifetimeS: number,
): number {
  buf[offset] = ND_OPTION.PREFIX_INFORMATION;
  buf[offset + 1] = ND_PREFIX_LENGTH >>> 3;
  buf[offset + ND_PREFIX.PREFIX_LENGTH] = prefixLength;
  buf[offset + ND_PREFIX.FLAGS] = flags;
  put32(buf, offset + ND_PREFIX.VALID_LIFETIME, validLifetimeS);
  put32(buf, offset + ND_PREFIX.PREFERRED_LIFETIME, preferredLifetimeS);
  put32(buf, offset + 12, 0);
  prefix.write(buf, offset + ND_PREFIX.PREFIX);
  return offset + ND_PREFIX_LENGTH;
}

/** Writes an MTU option; returns the offset after it. */
export function writeNdMtu(buf: Uint8Array, offset: number, mtu: number): number {
  buf[offset] = ND_OPTION.MTU;
  buf[offset + 1] = 1;
  put16(buf, offset + 2, 0);
  put32(buf, offset + 4, mtu);
  return offset + ND_MTU_LENGTH;
}

/**
 * Writes a neighbour solicitation; returns the message's length. `sourceMac` is null when the packet's source is
 * unspecified (duplicate address detection), which carries `nonce` instead where the sender uses one.
 */
export function writeNeighbourSolicitation(
  buf: Uint8Array,
  offset: number,
  target: Ipv6Address,
  sourceMac: Uint8Array | null,
  nonce: Uint8Array | null,
): number {
  writeHeader(buf, offset, ICMPV6_TYPE.NEIGHBOUR_SOLICITATION);
  target.write(buf, offset + ND_NEIGHBOUR.TARGET);
  let end = offset + ND_NEIGHBOUR.OPTIONS;
  if (sourceMac !== null) end = writeNdLinkAddress(buf, end, ND_OPTION.SOURCE_LINK_ADDRESS, sourceMac);
  if (nonce !== null) end = writeNdNonce(buf, end, nonce);
  return end - offset;
}

/** Writes a neighbour advertisement with a target link-address option; returns the message's length. */
export function writeNeighbourAdvertisement(
  buf: Uint8Array,
  offset: number,
  target: Ipv6Address,
  flags: number,
  targetMac: Uint8Array,
): number {
  writeHeader(buf, offset, ICMPV6_TYPE.NEIGHBOUR_ADVERTISEMENT);
  buf[offset + ND_NEIGHBOUR.FLAGS] = flags;
  target.write(buf, offset + ND_NEIGHBOUR.TARGET);
  const end = writeNdLinkAddress(
    buf,
    offset + ND_NEIGHBOUR.OPTIONS,
    ND_OPTION.TARGET_LINK_ADDRESS,
    targetMac,
  );
  return end - offset;
}

/** Writes a router solicitation; returns the message's length. `sourceMac` is null from an unspecified source. */
export function writeRouterSolicitation(
  buf: Uint8Array,
  offset: number,
  sourceMac: Uint8Array | null,
): number {
  writeHeader(buf, offset, ICMPV6_TYPE.ROUTER_SOLICITATION);
  const options = offset + ND_ROUTER_SOLICITATION.OPTIONS;
  if (sourceMac === null) return options - offset;
  return writeNdLinkAddress(buf, options, ND_OPTION.SOURCE_LINK_ADDRESS, sourceMac) - offset;
}

/**
 * Writes a router advertisement without options; returns the offset at which the options follow. Lifetimes and
 * timers in the units of the RFC.
 */
export function writeRouterAdvertisement(
  buf: Uint8Array,
  offset: number,
  curHopLimit: number,
  flags: number,
  routerLifetimeS: number,
  reachableTimeMs: number,
  retransTimerMs: number,
): number {
  writeHeader(buf, offset, ICMPV6_TYPE.ROUTER_ADVERTISEMENT);
  buf[offset + ND_ROUTER_ADVERTISEMENT.CUR_HOP_LIMIT] = curHopLimit;
  buf[offset + ND_ROUTER_ADVERTISEMENT.FLAGS] = flags;
  put16(buf, offset + ND_ROUTER_ADVERTISEMENT.ROUTER_LIFETIME, routerLifetimeS);
  put32(buf, offset + ND_ROUTER_ADVERTISEMENT.REACHABLE_TIME, reachableTimeMs);
  put32(buf, offset + ND_ROUTER_ADVERTISEMENT.RETRANS_TIMER, retransTimerMs);
  return offset + ND_ROUTER_ADVERTISEMENT.OPTIONS;
}
