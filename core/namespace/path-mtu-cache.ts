import type { Ipv4Route } from './ipv4-route.ts';
import type { NetNamespace } from './net-namespace.ts';

/** Path MTUs learned from "fragmentation needed" (fnhe entries of net/ipv4/route.c), by destination. */
export class PathMtuCache {
  private readonly netns: NetNamespace;
  private readonly entries = new Map<number, { mtuBytes: number; expiresNs: number }>();

  constructor(netns: NetNamespace) {
    this.netns = netns;
  }

  /** ip_rt_update_pmtu: remembers a path MTU for ten minutes; values below min_pmtu are raised to it. */
  learn(destination: number, mtuBytes: number): void {
    const sysctl = this.netns.sysctl;
    const expiresNs = this.netns.host.sim.nowNs + sysctl.mtuExpiresNs;
    this.entries.set(destination, { mtuBytes: Math.max(mtuBytes, sysctl.minPmtu), expiresNs });
  }

  /** The MTU of the path to a destination (ip_dst_mtu): learned, or the route's, or the device's. */
  mtu(route: Ipv4Route, destination: number): number {
    const own =
      route.mtu !== 0 ? route.mtu : route.type === 2 ? this.netns.loopback.mtu : (route.dev?.mtu ?? 1500);
    if (this.entries.size === 0) return own;
    const entry = this.entries.get(destination);
    if (entry === undefined) return own;
    if (entry.expiresNs <= this.netns.host.sim.nowNs) {
      this.entries.delete(destination);
      return own;
    }
    return Math.min(entry.mtuBytes, own);
  }

  /** Forgets all (net.ipv4.route.flush). */
  clear(): void {
    this.entries.clear();
  }

  /** What was learned and still holds: destination, MTU and nanoseconds left. */
  list(): { destination: number; mtuBytes: number; leftNs: number }[] {
    const now = this.netns.host.sim.nowNs;
    return [...this.entries]
      .filter(([, entry]) => entry.expiresNs > now)
      .map(([destination, entry]) => ({
        destination,
        mtuBytes: entry.mtuBytes,
        leftNs: entry.expiresNs - now,
      }));
  }
}
