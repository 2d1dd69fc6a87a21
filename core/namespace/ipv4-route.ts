import type { NetDevice } from '../device/net-device.ts';

/** Route types (include/uapi/linux/rtnetlink.h). */
export const RTN_UNSPEC = 0;
export const RTN_UNICAST = 1;
export const RTN_LOCAL = 2;
export const RTN_BROADCAST = 3;
export const RTN_ANYCAST = 4;
export const RTN_MULTICAST = 5;
export const RTN_BLACKHOLE = 6;
export const RTN_UNREACHABLE = 7;
export const RTN_PROHIBIT = 8;
export const RTN_THROW = 9;

/** Who made a route (rtm_protocol). */
export const RTPROT_KERNEL = 2;
export const RTPROT_BOOT = 3;
export const RTPROT_STATIC = 4;

export const RT_TABLE_DEFAULT = 253;
export const RT_TABLE_MAIN = 254;
export const RT_TABLE_LOCAL = 255;

/** One route: what a look-up finds and a packet carries. Never changed once it is in a table. */
export interface Ipv4Route {
  readonly type: number;
  /** The prefix, host bits zero. */
  readonly destination: number;
  readonly prefixLength: number;
  /** Next hop, or 0 when the destination is on the link. */
  readonly gateway: number;
  /** Null for routes of a type that never delivers (unreachable, blackhole …). */
  readonly dev: NetDevice | null;
  /** Preferred source address (RTA_PREFSRC), or 0. */
  readonly prefSrc: number;
  readonly scope: number;
  readonly protocol: number;
  readonly table: number;
  readonly metric: number;
  /** RTAX_MTU, 0 when not set. */
  readonly mtu: number;
  readonly tos: number;
  readonly onlink: boolean;
}

/** The route of a group or broadcast address that no table holds. */
export function linkRoute(dev: NetDevice, destination: number): Ipv4Route {
  return {
    type: RTN_BROADCAST,
    destination,
    prefixLength: 32,
    gateway: 0,
    dev,
    prefSrc: 0,
    scope: 253,
    protocol: 2,
    table: 255,
    metric: 0,
    mtu: 0,
    tos: 0,
    onlink: false,
  };
}
