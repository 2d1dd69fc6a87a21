import type { Ipv6Address } from '../../protocols/ipv6-address.ts';
import type { NetDevice } from '../device/net-device.ts';
import { Ipv6AddressMap } from './ipv6-address-map.ts';
import type { Ipv6Route } from './ipv6-route.ts';
import { PrefixBuckets } from './prefix-buckets.ts';

/** One IPv6 routing table. */
export class FibTable6 extends PrefixBuckets<Ipv6Address, Ipv6Route, Ipv6AddressMap<Ipv6Route[]>> {
  constructor(id: number) {
    super(id, 128);
  }

  /** The best route to an address, or null. With `oif` only routes through that device count. */
  lookup(address: Ipv6Address, oif: NetDevice | null, nowNs: number): Ipv6Route | null {
    for (const length of this.lengths) {
      const routes = this.byLength[length]!.getPrefix(address, length);
      if (routes === undefined) continue;
      for (const route of routes) {
        if (route.expiresNs <= nowNs) continue;
        if (oif === null || route.dev === oif || route.dev === null) return route;
      }
    }
    return null;
  }

  protected override createBucket(): Ipv6AddressMap<Ipv6Route[]> {
    return new Ipv6AddressMap();
  }

  protected override keyOf(route: Ipv6Route): Ipv6Address {
    return route.destination;
  }

  /**
   * As a walk of the kernel's tree meets them (fib6_walk_continue): left before right, and what lies in a prefix before the
   * prefix itself; the default route comes last.
   */
  protected override compare(a: Ipv6Route, b: Ipv6Route): number {
    const shorter = Math.min(a.prefixLength, b.prefixLength);
    const nested = a.destination.matchesPrefix(b.destination, shorter);
    return nested ? b.prefixLength - a.prefixLength : a.destination.compare(b.destination);
  }
}
