import { prefixMask } from '../../protocols/ipv4-address.ts';
import {
  RT_SCOPE_HOST,
  RT_SCOPE_LINK,
  RT_SCOPE_NOWHERE,
  RT_SCOPE_UNIVERSE,
  type Ipv4InterfaceAddress,
} from '../device/ipv4-configuration.ts';
import { IFF_LOOPBACK, type NetDevice } from '../device/net-device.ts';
import { FibTable } from './fib-table.ts';
import {
  RTN_BROADCAST,
  RTN_LOCAL,
  RTN_MULTICAST,
  RTN_THROW,
  RTN_UNICAST,
  RTPROT_KERNEL,
  RT_TABLE_DEFAULT,
  RT_TABLE_LOCAL,
  RT_TABLE_MAIN,
  type Ipv4Route,
} from './ipv4-route.ts';
import { isMulticastAddress } from './ipv4-address-class.ts';
import type { NetNamespace } from './net-namespace.ts';

/** A policy routing rule (`ip rule`); the three the kernel starts with match everything. */
export interface Ipv4Rule {
  priority: number;
  source: number;
  sourceLength: number;
  destination: number;
  destinationLength: number;
  iif: string;
  oif: string;
  mark: number;
  markMask: number;
  tos: number;
  table: number;
  invert: boolean;
}

const CACHE_LIMIT = 65_536;

/**
 * The IPv4 routing tables of a namespace, the rules that choose among them, and the routes that addresses make
 * (net/ipv4/fib_frontend.c). `generation` goes up with every change, so that sockets can keep a route.
 */
export class Ipv4Fib {
  generation = 0;
  readonly rules: Ipv4Rule[] = [
    anyRule(0, RT_TABLE_LOCAL),
    anyRule(32766, RT_TABLE_MAIN),
    anyRule(32767, RT_TABLE_DEFAULT),
  ];
  private readonly tables = new Map<number, FibTable>();
  private readonly local = new FibTable(RT_TABLE_LOCAL);
  /** What look-ups found last, by address as a signed number. */
  private readonly cache = new Map<number, Ipv4Route>();
  private customRules = false;

  constructor() {
    this.tables.set(RT_TABLE_LOCAL, this.local);
    for (const id of [RT_TABLE_MAIN, RT_TABLE_DEFAULT]) this.tables.set(id, new FibTable(id));
  }

  table(id: number): FibTable {
    let table = this.tables.get(id);
    if (table === undefined) {
      table = new FibTable(id);
      this.tables.set(id, table);
    }
    return table;
  }

  tableIds(): number[] {
    return [...this.tables.keys()].sort((a, b) => a - b);
  }

  add(route: Ipv4Route): void {
    this.table(route.table).add(route);
    this.changed();
  }

  remove(route: Ipv4Route): boolean {
    const removed = this.table(route.table).remove(route);
    if (removed) this.changed();
    return removed;
  }

  addRule(rule: Ipv4Rule): void {
    this.rules.push(rule);
    this.rules.sort((a, b) => a.priority - b.priority);
    this.customRules = true;
    this.changed();
  }

  removeRule(rule: Ipv4Rule): void {
    this.rules.splice(this.rules.indexOf(rule), 1);
    this.changed();
  }

  /**
   * fib_lookup: the route to `daddr`, or null when none matches. The other arguments count for rules only, but
   * `oif`, which restricts the choice to one device.
   */
  lookup(
    daddr: number,
    oif: NetDevice | null = null,
    saddr = 0,
    iif: NetDevice | null = null,
    mark = 0,
    tos = 0,
  ): Ipv4Route | null {
    if (oif !== null || this.customRules) return this.lookupByRules(daddr, oif, saddr, iif, mark, tos);
    const cached = this.cache.get(daddr | 0);
    if (cached !== undefined) return cached;
    const route = this.lookupByRules(daddr, null, saddr, iif, mark, tos);
    if (route !== null) {
      if (this.cache.size >= CACHE_LIMIT) this.cache.clear();
      this.cache.set(daddr | 0, route);
    }
    return route;
  }

  /** inet_addr_type: what an address is to this namespace (RTN_LOCAL, RTN_BROADCAST, RTN_UNICAST …). */
  addressType(address: number, dev: NetDevice | null = null): number {
    if (address === 0 || address === 0xffffffff) return RTN_BROADCAST;
    if (isMulticastAddress(address)) return RTN_MULTICAST;
    const route = this.local.lookup(address, null);
    if (route === null) return RTN_UNICAST;
    return dev === null || route.dev === dev ? route.type : RTN_UNICAST;
  }

  isLocal(address: number): boolean {
    return this.addressType(address) === RTN_LOCAL;
  }

  /** fib_add_ifaddr: the routes an address brings. The local route is there even while the device is down. */
  addAddress(dev: NetDevice, address: Ipv4InterfaceAddress): void {
    const loopback = (dev.flags & IFF_LOOPBACK) !== 0;
    const prefix = (address.local & prefixMask(address.prefixLength)) >>> 0;
    this.addKernelRoute(RTN_LOCAL, address.local, 32, dev, address.local, RT_SCOPE_HOST);
    if (!dev.isUp) return;
    if (address.broadcast !== 0 && address.broadcast !== 0xffffffff) {
      this.addKernelRoute(RTN_BROADCAST, address.broadcast, 32, dev, address.local, RT_SCOPE_LINK);
    }
    if (prefix === 0 || address.secondary) return;
    if (prefix === address.local && address.prefixLength === 32) return;
    if (loopback)
      this.addKernelRoute(RTN_LOCAL, prefix, address.prefixLength, dev, address.local, RT_SCOPE_HOST);
    else this.addKernelRoute(RTN_UNICAST, prefix, address.prefixLength, dev, address.local, RT_SCOPE_LINK);
    if (address.prefixLength < 31) {
      const last = (prefix | ~prefixMask(address.prefixLength)) >>> 0;
      this.addKernelRoute(RTN_BROADCAST, last, 32, dev, address.local, RT_SCOPE_LINK);
    }
  }

  /** Takes back the routes that name an address that is gone (fib_del_ifaddr), and those preferring it as source. */
  removeAddress(dev: NetDevice, local: number): void {
    this.removeWhere((route) => (route.dev === dev || route.type === RTN_LOCAL) && route.prefSrc === local);
  }

  /** Removes every route through a device; the local ones of its addresses stay when it only went down. */
  removeDevice(dev: NetDevice, keepLocal: boolean): void {
    this.removeWhere(
      (route) => route.dev === dev && !(keepLocal && route.type === RTN_LOCAL && route.prefixLength === 32),
    );
  }

  private addKernelRoute(
    type: number,
    destination: number,
    prefixLength: number,
    dev: NetDevice,
    prefSrc: number,
    scope: number,
  ): void {
    const table = type === RTN_UNICAST ? RT_TABLE_MAIN : RT_TABLE_LOCAL;
    const existing = this.table(table)
      .routes()
      .some(
        (route) =>
          route.type === type &&
          route.destination === destination &&
          route.prefixLength === prefixLength &&
          route.dev === dev,
      );
    if (existing) return;
    this.add({
      type,
      destination,
      prefixLength,
      gateway: 0,
      dev,
      prefSrc,
      scope,
      protocol: RTPROT_KERNEL,
      table,
      metric: 0,
      mtu: 0,
      tos: 0,
      onlink: false,
    });
  }

  private removeWhere(matches: (route: Ipv4Route) => boolean): void {
    for (const table of this.tables.values()) {
      for (const route of table.routes()) if (matches(route)) table.remove(route);
    }
    this.changed();
  }

  private lookupByRules(
    daddr: number,
    oif: NetDevice | null,
    saddr: number,
    iif: NetDevice | null,
    mark: number,
    tos: number,
  ): Ipv4Route | null {
    for (const rule of this.rules) {
      if (!ruleMatches(rule, daddr, oif, saddr, iif, mark, tos)) continue;
      const route = this.table(rule.table).lookup(daddr, oif);
      if (route !== null && route.type !== RTN_THROW) return route;
    }
    return null;
  }

  private changed(): void {
    this.generation++;
    this.cache.clear();
  }
}

function anyRule(priority: number, table: number): Ipv4Rule {
  return {
    priority,
    source: 0,
    sourceLength: 0,
    destination: 0,
    destinationLength: 0,
    iif: '',
    oif: '',
    mark: 0,
    markMask: 0,
    tos: 0,
    table,
    invert: false,
  };
}

function ruleMatches(
  rule: Ipv4Rule,
  daddr: number,
  oif: NetDevice | null,
  saddr: number,
  iif: NetDevice | null,
  mark: number,
  tos: number,
): boolean {
  const matches =
    ((daddr ^ rule.destination) & prefixMask(rule.destinationLength)) === 0 &&
    ((saddr ^ rule.source) & prefixMask(rule.sourceLength)) === 0 &&
    (rule.iif === '' || iif?.name === rule.iif) &&
    (rule.oif === '' || oif?.name === rule.oif) &&
    ((mark ^ rule.mark) & rule.markMask) === 0 &&
    (rule.tos === 0 || rule.tos === tos);
  return matches !== rule.invert;
}

/** inet_select_addr: an address of `dev` (or, failing that, of another device) to send to `destination` from. */
export function selectSourceAddress(
  netns: NetNamespace,
  dev: NetDevice,
  destination: number,
  scope = RT_SCOPE_UNIVERSE,
): number {
  let first = 0;
  for (const address of dev.ipv4.addresses) {
    if (address.secondary || address.scope > Math.max(scope, RT_SCOPE_UNIVERSE)) continue;
    if (destination === 0 || ((address.local ^ destination) & prefixMask(address.prefixLength)) === 0) {
      return address.local;
    }
    if (first === 0) first = address.local;
  }
  if (first !== 0) return first;
  for (const other of netns.devices) {
    for (const address of other.ipv4.addresses) {
      if (!address.secondary && address.scope !== RT_SCOPE_LINK && address.scope <= scope)
        return address.local;
    }
  }
  return 0;
}

export { RT_SCOPE_NOWHERE };
