import type { Ipv6Address } from '../../protocols/ipv6-address.ts';
import type { NetDevice } from '../device/net-device.ts';
import { RTN_BLACKHOLE, RTN_LOCAL, RTN_MULTICAST, RTN_PROHIBIT, RTN_UNICAST } from './ipv4-route.ts';
import { EACCES, EHOSTUNREACH, EINVAL } from '../socket/errno.ts';

/** Made by a router advertisement (rtm_protocol). */
export const RTPROT_RA = 9;

/** Metrics of routes added by hand, and of those that addresses and prefixes make (net/ip6_route.h). */
export const IP6_RT_PRIO_USER = 1024;
export const IP6_RT_PRIO_ADDRCONF = 256;

/** One IPv6 route: what a look-up finds and a packet carries. Types, protocols and tables as for IPv4. */
export interface Ipv6Route {
  readonly type: number;
  /** The prefix, host bits zero. */
  readonly destination: Ipv6Address;
  readonly prefixLength: number;
  /** Next hop, or null when the destination is on the link. */
  readonly gateway: Ipv6Address | null;
  /** Null for routes of a type that never delivers (unreachable, blackhole …). */
  readonly dev: NetDevice | null;
  /** Preferred source address, or null. */
  readonly prefSrc: Ipv6Address | null;
  readonly protocol: number;
  readonly table: number;
  readonly metric: number;
  /** RTAX_MTU, 0 when not set. */
  readonly mtu: number;
  /** When the route goes, in simulated nanoseconds; Infinity for one that stays. */
  readonly expiresNs: number;
}

/** The error that a route gives a local sender which may not use it, or 0. */
export function routeError6(route: Ipv6Route): number {
  if (route.type === RTN_UNICAST || route.type === RTN_LOCAL || route.type === RTN_MULTICAST) return 0;
  if (route.type === RTN_BLACKHOLE) return EINVAL;
  return route.type === RTN_PROHIBIT ? EACCES : EHOSTUNREACH;
}
