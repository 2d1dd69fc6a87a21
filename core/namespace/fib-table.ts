import { prefixMask } from '../../protocols/ipv4-address.ts';
import type { NetDevice } from '../device/net-device.ts';
import type { Ipv4Route } from './ipv4-route.ts';

/**
 * One routing table: longest prefix first, then the lowest metric, then the older route. Prefixes of one length
 * are found by hash, so a look-up costs as many probes as there are different lengths.
 */
export class FibTable {
  readonly id: number;
  /** By prefix, as a signed number: half of the unsigned ones would not be small integers. */
  private readonly byLength: (Map<number, Ipv4Route[]> | undefined)[] = new Array(33).fill(undefined);
  /** Prefix lengths in use, longest first, with their masks. */
  private lengths: number[] = [];

  constructor(id: number) {
    this.id = id;
  }

  add(route: Ipv4Route): void {
    let bucket = this.byLength[route.prefixLength];
    if (bucket === undefined) {
      bucket = new Map();
      this.byLength[route.prefixLength] = bucket;
      this.lengths = [...this.lengths, route.prefixLength].sort((a, b) => b - a);
    }
    const routes = bucket.get(route.destination | 0);
    if (routes === undefined) {
      bucket.set(route.destination | 0, [route]);
      return;
    }
    let index = routes.length;
    while (index > 0 && routes[index - 1]!.metric > route.metric) index--;
    routes.splice(index, 0, route);
  }

  remove(route: Ipv4Route): boolean {
    const bucket = this.byLength[route.prefixLength];
    const routes = bucket?.get(route.destination | 0);
    const index = routes?.indexOf(route) ?? -1;
    if (bucket === undefined || routes === undefined || index < 0) return false;
    routes.splice(index, 1);
    if (routes.length === 0) bucket.delete(route.destination | 0);
    if (bucket.size === 0) {
      this.byLength[route.prefixLength] = undefined;
      this.lengths = this.lengths.filter((length) => length !== route.prefixLength);
    }
    return true;
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

  /** All routes: shortest prefix first and by address, the order `ip route` prints. */
  routes(): Ipv4Route[] {
    const out: Ipv4Route[] = [];
    for (const bucket of this.byLength)
      if (bucket !== undefined) for (const list of bucket.values()) out.push(...list);
    return out.sort(
      (a, b) => a.destination - b.destination || a.prefixLength - b.prefixLength || a.metric - b.metric,
    );
  }
}
