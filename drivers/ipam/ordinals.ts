/** Addresses of either family as places in a subnet, so that one allocator serves both. */
import type { IpAddress, IpPrefix } from '../../protocols/ip-address.ts';
import { isIpv4Prefix } from '../../protocols/ip-address.ts';
import { networkAddress } from '../../protocols/ipv4-address.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';

/** Bits of an address of the prefix's family. */
export function addressBits(prefix: IpPrefix): 32 | 128 {
  return isIpv4Prefix(prefix) ? 32 : 128;
}

/** The prefix with its host bits cleared. */
export function maskedPrefix(prefix: IpPrefix): IpPrefix {
  if (isIpv4Prefix(prefix)) return { address: networkAddress(prefix), length: prefix.length };
  return { address: prefix.address.masked(prefix.length), length: prefix.length };
}

/** The number of addresses in the prefix. */
export function addressCount(prefix: IpPrefix): bigint {
  return 1n << BigInt(addressBits(prefix) - prefix.length);
}

function toBigInt(address: IpAddress): bigint {
  if (typeof address === 'number') return BigInt(address);
  const high = (BigInt(address.w0) << 32n) | BigInt(address.w1);
  return (high << 64n) | (BigInt(address.w2) << 32n) | BigInt(address.w3);
}

/** The place of an address in its subnet: its host part. */
export function ordinalOf(prefix: IpPrefix, address: IpAddress): bigint {
  return toBigInt(address) & (addressCount(prefix) - 1n);
}

/** The address at a place in a subnet. */
export function addressAt(prefix: IpPrefix, ordinal: bigint): IpAddress {
  const value = toBigInt(maskedPrefix(prefix).address) + ordinal;
  if (isIpv4Prefix(prefix)) return Number(value);
  const word = (shift: bigint): number => Number((value >> shift) & 0xffffffffn);
  return new Ipv6Address(word(96n), word(64n), word(32n), word(0n));
}

/** True when the two prefixes are of one family and have an address in common. */
export function prefixesShareAddresses(a: IpPrefix, b: IpPrefix): boolean {
  if (isIpv4Prefix(a) !== isIpv4Prefix(b)) return false;
  const shift = BigInt(addressBits(a) - Math.min(a.length, b.length));
  return toBigInt(a.address) >> shift === toBigInt(b.address) >> shift;
}

/** True when all of `inner` lies in `outer`. */
export function prefixCovers(outer: IpPrefix, inner: IpPrefix): boolean {
  return inner.length >= outer.length && prefixesShareAddresses(outer, inner);
}

/** Less than, equal to or greater than zero as the first address of `a` is before, at or after that of `b`. */
export function comparePrefixes(a: IpPrefix, b: IpPrefix): number {
  const difference = toBigInt(a.address) - toBigInt(b.address);
  if (difference !== 0n) return difference < 0n ? -1 : 1;
  return a.length - b.length;
}
