/** IPv4 addresses are unsigned 32-bit numbers; text is read and written only at the edges. */
import ipaddr from 'ipaddr.js';

/** A prefix; the bits of `address` past `length` are those that were given (`192.0.2.7/24` keeps its 7). */
export interface Ipv4Prefix {
  readonly address: number;
  readonly length: number;
}

/** True when `text` is an address in dotted-quad form. */
export function isIpv4Text(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text);
}

/** Reads a dotted quad such as `172.17.0.2`. Throws on anything else, the shorter forms of inet_aton included. */
export function parseIpv4(text: string): number {
  if (!isIpv4Text(text))
    throw new Error(`invalid IPv4 address "${text}": expected four numbers, as 172.17.0.2`);
  const [a, b, c, d] = ipaddr.IPv4.parse(text).octets as [number, number, number, number];
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

/** The address in dotted-quad form. */
export function formatIpv4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 0xff}.${(address >>> 8) & 0xff}.${address & 0xff}`;
}

/** The network mask of a prefix length from 0 to 32. */
export function prefixMask(length: number): number {
  return length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
}

/** The prefix length of a network mask, or -1 when its one bits are not contiguous from the left. */
export function maskLength(mask: number): number {
  const length = Math.clz32(~mask);
  return prefixMask(length) === mask >>> 0 ? length : -1;
}

/** Reads `address/length`. Host bits may be set: mask with networkAddress where they must not. */
export function parseCidr(text: string): Ipv4Prefix {
  const match = /^([^/]*)\/(\d{1,2})$/.exec(text);
  const length = Number(match?.[2]);
  if (match === null || length > 32) {
    throw new Error(`invalid IPv4 prefix "${text}": expected an address and a length, as 172.17.0.0/16`);
  }
  return { address: parseIpv4(match[1]!), length };
}

/** The prefix in CIDR form. */
export function formatCidr(prefix: Ipv4Prefix): string {
  return `${formatIpv4(prefix.address)}/${prefix.length}`;
}

/** The lowest address of the prefix. */
export function networkAddress(prefix: Ipv4Prefix): number {
  return (prefix.address & prefixMask(prefix.length)) >>> 0;
}

/** The highest address of the prefix: its directed broadcast, where it has one. */
export function broadcastAddress(prefix: Ipv4Prefix): number {
  return (prefix.address | ~prefixMask(prefix.length)) >>> 0;
}

/** True when `address` lies in the prefix. */
export function prefixContains(prefix: Ipv4Prefix, address: number): boolean {
  return ((prefix.address ^ address) & prefixMask(prefix.length)) === 0;
}

/** True when the two prefixes have an address in common: one of them then contains the other. */
export function prefixesOverlap(a: Ipv4Prefix, b: Ipv4Prefix): boolean {
  return ((a.address ^ b.address) & prefixMask(Math.min(a.length, b.length))) === 0;
}
