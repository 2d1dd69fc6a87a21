import type { Ipv6Address } from '../../protocols/ipv6-address.ts';
import type { NetDevice } from '../device/net-device.ts';
import { needsDevice } from '../namespace/ipv6-address-class.ts';
import { outputDevice6 } from '../namespace/ipv6-output.ts';
import { routeError6, type Ipv6Route } from '../namespace/ipv6-route.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { RTN_MULTICAST } from '../namespace/ipv4-route.ts';
import { EADDRNOTAVAIL, EAFNOSUPPORT, EINVAL, ENETUNREACH } from './errno.ts';

/** Where a datagram goes and comes from, or the error that says why it cannot. */
export type Route6Choice =
  { error: 0; route: Ipv6Route; source: Ipv6Address } | { error: number; route: null; source: null };

/**
 * ip6_dst_lookup for a socket: the route to `destination` and the source address. A link-local destination needs a
 * device (the zone of `fe80::1%eth0`), else the call is invalid; a group may be sent to on any device that has one.
 */
export function chooseRoute6(
  netns: NetNamespace,
  destination: Ipv6Address,
  dev: NetDevice | null,
  local: Ipv6Address,
): Route6Choice {
  const stack = netns.ipv6;
  if (stack === null) return failure(EAFNOSUPPORT);
  if (dev === null && destination.isLinkLocal()) return failure(EINVAL);
  const scoped = needsDevice(destination) && !destination.isLoopback() ? dev : null;
  const route = stack.fib.lookup(destination, scoped ?? dev);
  if (route === null) return failure(ENETUNREACH);
  const unusable = routeError6(route);
  if (unusable !== 0) return failure(unusable);
  if (!local.isUnspecified()) return { error: 0, route, source: local };
  const outDev = route.type === RTN_MULTICAST ? route.dev! : outputDevice6(netns, route);
  const source = route.prefSrc ?? stack.selectSourceAddress(outDev, destination);
  return source === null ? failure(EADDRNOTAVAIL) : { error: 0, route, source };
}

function failure(error: number): Route6Choice {
  return { error, route: null, source: null };
}
