import { Ipv6Address } from '../../protocols/ipv6-address.ts';

/** ::ffff:a.b.c.d, what a dual-stack socket calls an IPv4 address (RFC 4291 section 2.5.5.2). */
export function ipv4Mapped(address: number): Ipv6Address {
  return new Ipv6Address(0, 0, 0xffff, address);
}

/** The IPv4 address that an IPv6 one stands for, or null. */
export function mappedIpv4(address: Ipv6Address): number | null {
  return address.w0 === 0 && address.w1 === 0 && address.w2 === 0xffff ? address.w3 : null;
}
