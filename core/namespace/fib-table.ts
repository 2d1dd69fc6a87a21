import { prefixMask } from '../../protocols/ipv4-address.ts';
import type { NetDevice } from '../device/net-device.ts';
import type { Ipv4Route } from './ipv4-route.ts';
import { PrefixBuckets } from './prefix-buckets.ts';

/** One IPv4 routing table. Prefixes are keys as signed numbers: half of the unsigned ones would not be small integers. */
export class FibTable extends PrefixBuckets<number, Ipv4Route, Map<number, Ipv4Route[]>> {
  constructor(id: number) {
    super(id, 32);
  }

  /** The best route to an address, or null. With `oif` only routes through that device count. */
  lookup(address: number, oif: NetDevice | null): Ipv4Route | null {
    for (let i = 0; i < this.lengths.length; i++) {
      const length = this.lengths[i]!;
      const routes = this.byLength[length]!.get(address & prefixMask(length));
      if (routes === undefined) continue;
      if (oif === null) return routes[0]!;
      for (const route of routes) if (route.dev === oif) return route;
    }
    return null;
  }

  protected override createBucket(): Map<number, Ipv4Route[]> {
    return new Map();
  }

  protected override keyOf(route: Ipv4Route): number {
    return route.destination | 0;
  }

  /** By address, and the shorter prefix first. */
  protected override compare(a: Ipv4Route, b: Ipv4Route): number {
    return a.destination - b.destination || a.prefixLength - b.prefixLength;
  }
}
