import { IPV6_MIN_MTU } from '../../protocols/ipv6.ts';
import type { Ipv6Address } from '../../protocols/ipv6-address.ts';
import { RTN_LOCAL } from './ipv4-route.ts';
import { Ipv6AddressMap } from './ipv6-address-map.ts';
import type { Ipv6Route } from './ipv6-route.ts';
import type { NetNamespace } from './net-namespace.ts';

/** net.ipv6.route.mtu_expires. */
const EXPIRES_NS = 600_000_000_000;

/** Path MTUs learned from "packet too big" (exception routes of net/ipv6/route.c), by destination. */
export class PathMtuCache6 {
  private readonly netns: NetNamespace;
  private readonly entries = new Ipv6AddressMap<{ mtuBytes: number; expiresNs: number }>();

  constructor(netns: NetNamespace) {
    this.netns = netns;
  }

  /** rt6_do_update_pmtu: values below 1280 count as 1280, and one that is no smaller is ignored. */
  learn(destination: Ipv6Address, mtuBytes: number): void {
    const route = this.netns.ipv6!.fib.lookup(destination);
    const mtu = Math.max(mtuBytes, IPV6_MIN_MTU);
    if (route !== null && mtu >= this.mtu(route, destination)) return;
    this.entries.set(destination, { mtuBytes: mtu, expiresNs: this.netns.host.sim.nowNs + EXPIRES_NS });
  }

  /** The MTU of the path to a destination. */
  mtu(route: Ipv6Route, destination: Ipv6Address): number {
    const own = this.routeMtu(route);
    if (this.entries.size === 0) return own;
    return this.limited(own, this.entries.get(destination));
  }

  /** The same for the destination whose bytes are at `offset`. */
  mtuBytes(route: Ipv6Route, buf: Uint8Array, offset: number): number {
    const own = this.routeMtu(route);
    if (this.entries.size === 0) return own;
    return this.limited(own, this.entries.getBytes(buf, offset));
  }

  /** The route's MTU, or the device's as router advertisements set it. */
  routeMtu(route: Ipv6Route): number {
    if (route.type === RTN_LOCAL) return this.netns.loopback.mtu;
    if (route.mtu !== 0) return route.mtu;
    const dev = route.dev;
    if (dev === null) return 1500;
    const advertised = dev.ipv6?.advertisedMtu ?? 0;
    return advertised === 0 ? dev.mtu : Math.min(dev.mtu, advertised);
  }

  /** What was learned of a destination and is still in force, or null. */
  find(destination: Ipv6Address): { mtuBytes: number; expiresNs: number } | null {
    const entry = this.entries.get(destination);
    return entry === undefined || entry.expiresNs <= this.netns.host.sim.nowNs ? null : entry;
  }

  clear(): void {
    this.entries.clear();
  }

  private limited(own: number, entry: { mtuBytes: number; expiresNs: number } | undefined): number {
    if (entry === undefined || entry.expiresNs <= this.netns.host.sim.nowNs) return own;
    return Math.min(own, entry.mtuBytes);
  }
}
