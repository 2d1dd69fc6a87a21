import type { Ipv6Address } from '../../protocols/ipv6-address.ts';
import type { NetDevice } from '../device/net-device.ts';
import {
  RTN_ANYCAST,
  RTN_LOCAL,
  RTN_MULTICAST,
  RTN_UNICAST,
  RTN_UNREACHABLE,
} from '../namespace/ipv4-route.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';

/** What an IPv6 address is to a namespace, on one device or on any (xt_addrtype.c match_lookup_rt6). */
export function addressType6(netns: NetNamespace, address: Ipv6Address, dev: NetDevice | null): number {
  if (address.isMulticast()) return RTN_MULTICAST;
  const owner = netns.devices.find((one) => one.ipv6?.find(address)?.tentative === false);
  if (owner !== undefined) return dev === null || owner === dev ? RTN_LOCAL : RTN_UNICAST;
  const route = netns.ipv6?.fib.lookup(address) ?? null;
  if (route === null) return RTN_UNREACHABLE;
  return route.type === RTN_ANYCAST ? RTN_ANYCAST : RTN_UNICAST;
}
