import type { Ipv6Address } from '../../protocols/ipv6-address.ts';

/** Whether a packet could be for sockets of both local addresses: they are the same, or one is 0.0.0.0. */
export function addressesOverlap(a: number, b: number): boolean {
  return a === 0 || b === 0 || a === b;
}

/** The same for IPv6, where :: is every address. */
export function addressesOverlap6(a: Ipv6Address, b: Ipv6Address): boolean {
  return a.isUnspecified() || b.isUnspecified() || a.equals(b);
}
