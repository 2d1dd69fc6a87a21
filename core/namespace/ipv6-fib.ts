import { Ipv6Address } from '../../protocols/ipv6-address.ts';
import { IFF_LOOPBACK, type NetDevice } from '../device/net-device.ts';
import { FibTable6 } from './fib-table6.ts';
import { needsDevice, needsDeviceAt } from './ipv6-address-class.ts';
import { Ipv6AddressMap } from './ipv6-address-map.ts';
import {
  RTN_LOCAL,
  RTN_MULTICAST,
  RTN_THROW,
  RTN_UNICAST,
  RTPROT_KERNEL,
  RT_TABLE_DEFAULT,
  RT_TABLE_LOCAL,
  RT_TABLE_MAIN,
} from './ipv4-route.ts';
import { IP6_RT_PRIO_ADDRCONF, type Ipv6Route } from './ipv6-route.ts';
import type { Simulator } from '../sim/simulator.ts';

const CACHE_LIMIT = 65_536;
const MULTICAST_PREFIX = new Ipv6Address(0xff000000, 0, 0, 0);

/**
 * The IPv6 routing tables of a namespace and the routes that addresses make (net/ipv6/ip6_fib.c, addrconf.c).
 * Not modelled: rules beyond the kernel's own three, multipath, router preference, source-specific routes,
 * subnet-router anycast addresses.
 */
export class Ipv6Fib {
  generation = 0;
  private readonly sim: Simulator;
  private readonly tables = new Map<number, FibTable6>();
  private readonly cache = new Ipv6AddressMap<Ipv6Route>();
  /** The earliest time a cached route may have expired. */
  private cacheUntilNs = Infinity;

  constructor(sim: Simulator) {
    this.sim = sim;
    for (const id of [RT_TABLE_LOCAL, RT_TABLE_MAIN, RT_TABLE_DEFAULT])
      this.tables.set(id, new FibTable6(id));
  }

  table(id: number): FibTable6 {
    let table = this.tables.get(id);
    if (table === undefined) {
      table = new FibTable6(id);
      this.tables.set(id, table);
    }
    return table;
  }

  tableIds(): number[] {
    return [...this.tables.keys()].sort((a, b) => a - b);
  }

  add(route: Ipv6Route): void {
    this.table(route.table).add(route);
    this.changed();
  }

  remove(route: Ipv6Route): boolean {
    const removed = this.table(route.table).remove(route);
    if (removed) this.changed();
    return removed;
  }

  /**
   * fib6_lookup: the route to an address, or null. `oif` restricts the choice to one device, and must be given
   * for a link-local or multicast address to mean anything.
   */
  lookup(destination: Ipv6Address, oif: NetDevice | null = null): Ipv6Route | null {
    if (oif !== null || needsDevice(destination)) return this.search(destination, oif);
    const cached = this.sim.nowNs < this.cacheUntilNs ? this.cache.get(destination) : undefined;
    return cached ?? this.searchAndKeep(destination);
  }

  /** The same for the address whose 16 bytes are at `offset`; allocates nothing when it was looked up before. */
  lookupBytes(buf: Uint8Array, offset: number, strictDev: NetDevice): Ipv6Route | null {
    if (needsDeviceAt(buf, offset)) return this.search(Ipv6Address.read(buf, offset), strictDev);
    const cached = this.sim.nowNs < this.cacheUntilNs ? this.cache.getBytes(buf, offset) : undefined;
    return cached ?? this.searchAndKeep(Ipv6Address.read(buf, offset));
  }

  /** ipv6_chk_addr: whether an address is this namespace's, on any device or on `dev`. */
  isLocal(address: Ipv6Address, dev: NetDevice | null = null): boolean {
    const route = this.table(RT_TABLE_LOCAL).lookup(address, dev, this.sim.nowNs);
    return route !== null && route.type === RTN_LOCAL;
  }

  /** The local route of an address that is in use (addrconf_f6i_alloc). */
  addLocal(dev: NetDevice, address: Ipv6Address): void {
    this.addKernelRoute(RTN_LOCAL, address, 128, dev, 0, Infinity);
  }

  /** The on-link route of a prefix (addrconf_prefix_route). */
  addPrefix(dev: NetDevice, address: Ipv6Address, prefixLength: number, expiresNs = Infinity): void {
    const metric = IP6_RT_PRIO_ADDRCONF;
    this.addKernelRoute(RTN_UNICAST, address.masked(prefixLength), prefixLength, dev, metric, expiresNs);
  }

  /** ff00::/8 on a device (addrconf_add_mroute). */
  addMulticast(dev: NetDevice): void {
    this.addKernelRoute(RTN_MULTICAST, MULTICAST_PREFIX, 8, dev, IP6_RT_PRIO_ADDRCONF, Infinity);
  }

  removeWhere(matches: (route: Ipv6Route) => boolean): void {
    for (const table of this.tables.values()) {
      for (const route of table.routes()) if (matches(route)) table.remove(route);
    }
    this.changed();
  }

  removeDevice(dev: NetDevice): void {
    this.removeWhere((route) => route.dev === dev);
  }

  private addKernelRoute(
    type: number,
    destination: Ipv6Address,
    prefixLength: number,
    dev: NetDevice,
    metric: number,
    expiresNs: number,
  ): void {
    const table = this.table(type === RTN_UNICAST ? RT_TABLE_MAIN : RT_TABLE_LOCAL);
    const existing = table
      .routes()
      .find(
        (route) =>
          route.type === type &&
          route.dev === dev &&
          route.prefixLength === prefixLength &&
          route.destination.equals(destination) &&
          route.gateway === null,
      );
    if (existing !== undefined) {
      if (existing.expiresNs === expiresNs) return;
      table.remove(existing);
    }
    const route = { type, destination, prefixLength, gateway: null, dev, prefSrc: null, metric, mtu: 0 };
    this.add({ ...route, protocol: RTPROT_KERNEL, table: table.id, expiresNs });
  }

  private searchAndKeep(destination: Ipv6Address): Ipv6Route | null {
    if (this.sim.nowNs >= this.cacheUntilNs || this.cache.size >= CACHE_LIMIT) this.forget();
    const route = this.search(destination, null);
    if (route === null) return null;
    this.cacheUntilNs = Math.min(this.cacheUntilNs, route.expiresNs);
    this.cache.set(destination, route);
    return route;
  }

  /** Local first, then main and default, as the rules of a fresh namespace say; a throw route ends one table's search. */
  private search(destination: Ipv6Address, oif: NetDevice | null): Ipv6Route | null {
    const now = this.sim.nowNs;
    const local = this.table(RT_TABLE_LOCAL);
    // What is this machine's is found whatever device was asked for, but for addresses of a single link.
    const localOif = oif !== null && needsDevice(destination) ? oif : null;
    const found = local.lookup(destination, localOif, now);
    const usable = found !== null && (oif === null || found.dev === oif || found.type === RTN_LOCAL);
    if (usable && found.type !== RTN_THROW) return found;
    for (const id of [RT_TABLE_MAIN, RT_TABLE_DEFAULT]) {
      const route = this.table(id).lookup(destination, oif, now);
      if (route !== null && route.type !== RTN_THROW) return route;
    }
    return null;
  }

  private changed(): void {
    this.generation++;
    this.forget();
  }

  private forget(): void {
    this.cache.clear();
    this.cacheUntilNs = Infinity;
  }
}

/** The device a route leads out of: what is for this machine leaves through loopback. */
export function isLoopbackDevice(dev: NetDevice): boolean {
  return (dev.flags & IFF_LOOPBACK) !== 0;
}
