import type { Ipv6Address } from '../../protocols/ipv6-address.ts';

/** Scopes of addresses (RFC 4007 section 4), multicast and unicast alike. */
export const IPV6_SCOPE_INTERFACE = 1;
export const IPV6_SCOPE_LINK = 2;
export const IPV6_SCOPE_SITE = 5;
export const IPV6_SCOPE_GLOBAL = 14;

/** ipv6_addr_src_scope: loopback and link-local are of link scope; fec0::/10 is the old site scope. */
export function ipv6Scope(address: Ipv6Address): number {
  if (address.isMulticast()) return address.multicastScope();
  if (address.isLinkLocal() || address.isLoopback()) return IPV6_SCOPE_LINK;
  if (address.w0 >>> 22 === 0x3fb) return IPV6_SCOPE_SITE;
  return IPV6_SCOPE_GLOBAL;
}

/** rt6_need_strict: an address that means something only together with a device. */
export function needsDevice(address: Ipv6Address): boolean {
  return address.isLinkLocal() || address.isMulticast() || address.isLoopback();
}

/** The same by the first byte pair of an address in a packet; loopback is found by any device's look-up. */
export function needsDeviceAt(buf: Uint8Array, offset: number): boolean {
  const first = buf[offset]!;
  return first === 0xff || (first === 0xfe && (buf[offset + 1]! & 0xc0) === 0x80);
}

/** The labels of the default policy table (net/ipv6/addrlabel.c, RFC 6724 section 2.1). */
export function ipv6Label(address: Ipv6Address): number {
  const { w0, w1, w2 } = address;
  if (address.isLoopback()) return 0;
  if (w0 === 0 && w1 === 0 && w2 === 0xffff) return 4;
  if (w0 === 0 && w1 === 0 && w2 === 0) return 3;
  if (w0 === 0x20010000) return 6;
  if ((w0 & 0xfffffff0) >>> 0 === 0x20010010) return 7;
  if (w0 >>> 16 === 0x2002) return 2;
  if (w0 >>> 25 === 0x7e) return 5;
  return 1;
}

/** How many leading bits two addresses share (ipv6_addr_diff). */
export function commonPrefixLength(a: Ipv6Address, b: Ipv6Address): number {
  if (a.w0 !== b.w0) return Math.clz32(a.w0 ^ b.w0);
  if (a.w1 !== b.w1) return 32 + Math.clz32(a.w1 ^ b.w1);
  if (a.w2 !== b.w2) return 64 + Math.clz32(a.w2 ^ b.w2);
  return 96 + Math.clz32(a.w3 ^ b.w3);
}
