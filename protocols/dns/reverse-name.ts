/** Names of the reverse trees: in-addr.arpa (RFC 1035 section 3.5) and ip6.arpa (RFC 3596 section 2.5). */
import type { IpAddress } from '../ip-address.ts';
import { formatIpv4, isIpv4Text, parseIpv4 } from '../ipv4-address.ts';
import { Ipv6Address } from '../ipv6-address.ts';
import { canonicalDnsName } from './name.ts';

const IPV4_TREE = '.in-addr.arpa';
const IPV6_TREE = '.ip6.arpa';

/** The name to ask for the PTR record of an address. */
export function reverseName(address: IpAddress): string {
  if (typeof address === 'number') return formatIpv4(address).split('.').reverse().join('.') + IPV4_TREE;
  const words = [address.w0, address.w1, address.w2, address.w3];
  const digits = words.map((word) => word.toString(16).padStart(8, '0')).join('');
  return digits.split('').reverse().join('.') + IPV6_TREE;
}

/** True for a name under one of the two trees. */
export function isReverseName(name: string): boolean {
  const canonical = canonicalDnsName(name);
  return canonical.endsWith(IPV4_TREE) || canonical.endsWith(IPV6_TREE);
}

/** The address that a reverse name stands for; null when it is not one whole address. */
export function parseReverseName(name: string): IpAddress | null {
  const canonical = canonicalDnsName(name);
  if (canonical.endsWith(IPV4_TREE)) {
    const text = canonical.slice(0, -IPV4_TREE.length).split('.').reverse().join('.');
    return isIpv4Text(text) ? parseIpv4(text) : null;
  }
  if (!canonical.endsWith(IPV6_TREE)) return null;
  const digits = canonical.slice(0, -IPV6_TREE.length).split('.').reverse();
  if (digits.length !== 32 || !digits.every((digit) => /^[0-9a-f]$/.test(digit))) return null;
  const word = (i: number): number => parseInt(digits.slice(8 * i, 8 * i + 8).join(''), 16);
  return new Ipv6Address(word(0), word(1), word(2), word(3));
}
