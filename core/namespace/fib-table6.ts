import type { Ipv6Address } from '../../protocols/ipv6-address.ts';
import type { NetDevice } from '../device/net-device.ts';
import { Ipv6AddressMap } from './ipv6-address-map.ts';
import type { Ipv6Route } from './ipv6-route.ts';

/** One IPv6 routing table: longest prefix first, then the lowest metric, then the older route. */
export class FibTable6 {
  readonly id: number;
  private readonly byLength: (Ipv6AddressMap<Ipv6Route[]> | undefined)[] = new Array(129).fill(undefined);
  /** Prefix lengths in use, longest first. */
  private lengths: number[] = [];

  constructor(id: number) {
    this.id = id;
  }

  add(route: Ipv6Route): void {
    let bucket = this.byLength[route.prefixLength];
    if (bucket === undefined) {
      bucket = new Ipv6AddressMap();
      this.byLength[route.prefixLength] = bucket;
      this.lengths = [...this.lengths, route.prefixLength].sort((a, b) => b - a);
    }
    const routes = bucket.get(route.destination);
    if (routes === undefined) {
      bucket.set(route.destination, [route]);
      return;
    }
    let index = routes.length;
    while (index > 0 && routes[index - 1]!.metric > route.metric) index--;
    routes.splice(index, 0, route);
  }

  remove(route: Ipv6Route): boolean {
    const bucket = this.byLength[route.prefixLength];
    const routes = bucket?.get(route.destination);
    const index = routes?.indexOf(route) ?? -1;
    if (bucket === undefined || routes === undefined || index < 0) return false;
    routes.splice(index, 1);
    if (routes.length === 0) bucket.delete(route.destination);
    if (bucket.size === 0) {
      this.byLength[route.prefixLength] = undefined;
      this.lengths = this.lengths.filter((length) => length !== route.prefixLength);
    }
    return true;
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

  /** All routes as a walk of the kernel's tree meets them: what lies in a prefix before the prefix itself. */
  routes(): Ipv6Route[] {
    const out: Ipv6Route[] = [];
    for (const bucket of this.byLength) {
      if (bucket === undefined) continue;
      for (const list of bucket.values()) out.push(...list);
    }
    return out.sort((a, b) => compareInTree(a, b) || a.metric - b.metric);
  }
}

/** fib6_walk_continue: left before right, and children before the node; the default route comes last. */
function compareInTree(a: Ipv6Route, b: Ipv6Route): number {
  const shorter = Math.min(a.prefixLength, b.prefixLength);
  const nested = a.destination.matchesPrefix(b.destination, shorter);
  return nested ? b.prefixLength - a.prefixLength : a.destination.compare(b.destination);
}
