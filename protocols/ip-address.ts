/** An address of either family: a number is IPv4, an Ipv6Address is IPv6. For the edges, not the packet path. */
import {
  formatCidr,
  formatIpv4,
  isIpv4Text,
  parseCidr,
  parseIpv4,
  prefixContains,
  type Ipv4Prefix,
} from './ipv4-address.ts';
import {
  formatCidr6,
  formatIpv6,
  isIpv6Text,
  parseCidr6,
  parseIpv6,
  Ipv6Address,
  type Ipv6Prefix,
} from './ipv6-address.ts';

export type IpAddress = number | Ipv6Address;
export type IpPrefix = Ipv4Prefix | Ipv6Prefix;

/** True when the text is an address of either family. */
export function isIpText(text: string): boolean {
  return isIpv4Text(text) || isIpv6Text(text);
}

/** Reads an address of either family. Throws on anything else. */
export function parseIp(text: string): IpAddress {
  if (text.includes(':')) return parseIpv6(text);
  if (isIpv4Text(text)) return parseIpv4(text);
  throw new Error(`invalid IP address "${text}": expected an address as 172.17.0.2 or fd00::2`);
}

export function formatIp(address: IpAddress): string {
  return typeof address === 'number' ? formatIpv4(address) : formatIpv6(address);
}

/** True when both are the same address of the same family. */
export function sameIp(a: IpAddress, b: IpAddress): boolean {
  if (typeof a === 'number' || typeof b === 'number') return a === b;
  return a.equals(b);
}

export function isIpv4Prefix(prefix: IpPrefix): prefix is Ipv4Prefix {
  return typeof prefix.address === 'number';
}

/** Reads `address/length` of either family. Throws on anything else. */
export function parseIpPrefix(text: string): IpPrefix {
  return text.includes(':') ? parseCidr6(text) : parseCidr(text);
}

export function formatIpPrefix(prefix: IpPrefix): string {
  return isIpv4Prefix(prefix) ? formatCidr(prefix) : formatCidr6(prefix);
}

/** True when both are of one family and their first `length` bits are the same. */
export function sharesIpPrefix(a: IpAddress, b: IpAddress, length: number): boolean {
  if (typeof a === 'number') return typeof b === 'number' && prefixContains({ address: a, length }, b);
  return typeof b !== 'number' && a.matchesPrefix(b, length);
}

/** True when `address` is of the prefix's family and lies in it. */
export function ipPrefixContains(prefix: IpPrefix, address: IpAddress): boolean {
  return sharesIpPrefix(address, prefix.address, prefix.length);
}
