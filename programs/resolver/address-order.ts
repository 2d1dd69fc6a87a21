import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { IPV6_SCOPE_GLOBAL, ipv6Scope } from '../../core/namespace/ipv6-address-class.ts';
import { chooseRoute6 } from '../../core/socket/route6-for.ts';
import type { IpAddress } from '../../protocols/ip-address.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';
import type { ResolvedHost } from './resolve.ts';

/**
 * The addresses of a host in the order getaddrinfo(3) gives them (RFC 6724 with glibc's table): IPv6 first, but for
 * addresses that cannot be reached or would be reached from an address of a smaller scope, which come last. Within
 * a family the order of the answers stays. Not modelled: rules on labels, deprecated addresses and common prefixes.
 */
export function inOrder(netns: NetNamespace, host: ResolvedHost): IpAddress[] {
  const good = host.ipv6.filter((address) => isUsable(netns, address));
  const bad = host.ipv6.filter((address) => !good.includes(address));
  return [...good, ...host.ipv4, ...bad];
}

function isUsable(netns: NetNamespace, address: Ipv6Address): boolean {
  const { source } = chooseRoute6(netns, address, null, Ipv6Address.UNSPECIFIED);
  if (source === null) return false;
  return ipv6Scope(address) !== IPV6_SCOPE_GLOBAL || ipv6Scope(source) === IPV6_SCOPE_GLOBAL;
}
