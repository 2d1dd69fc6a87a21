/** What a host's own use of addresses rules out for new networks (libnetwork netutils/utils_linux.go). */
import type { IpAddress, IpPrefix } from '../../protocols/ip-address.ts';
import { isAtLeast, type EngineRelease } from '../engine-release.ts';

/** What the check needs of a host's route. */
export interface HostRoute {
  /** Null for the default route. */
  readonly destination: IpPrefix | null;
  /** True for scope link: the destination is on the wire, not behind a router. */
  readonly onLink: boolean;
}

/**
 * The prefixes that predefined subnets keep off: the name servers of /etc/resolv.conf, and the destinations of the
 * host's routes (from 23.0 only of those on link).
 */
export function reservedPrefixes(
  nameservers: readonly IpAddress[],
  routes: readonly HostRoute[],
  release: EngineRelease,
): IpPrefix[] {
  const prefixes: IpPrefix[] = nameservers.map(hostPrefix);
  const onlyOnLink = isAtLeast(release, 23);
  for (const route of routes) {
    if (route.destination === null || route.destination.length === 0) continue;
    if (route.onLink || !onlyOnLink) prefixes.push(route.destination);
  }
  return prefixes;
}

function hostPrefix(address: IpAddress): IpPrefix {
  return typeof address === 'number' ? { address, length: 32 } : { address, length: 128 };
}
