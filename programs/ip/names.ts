import {
  RTN_BLACKHOLE,
  RTN_BROADCAST,
  RTN_LOCAL,
  RTN_MULTICAST,
  RTN_PROHIBIT,
  RTN_THROW,
  RTN_UNICAST,
  RTN_UNREACHABLE,
  RTPROT_BOOT,
  RTPROT_KERNEL,
  RTPROT_STATIC,
  RT_TABLE_DEFAULT,
  RT_TABLE_LOCAL,
  RT_TABLE_MAIN,
} from '../../core/namespace/ipv4-route.ts';

/** Numbers of the routing tables and their names (/etc/iproute2 as installed). */
class NumberNames {
  private readonly names: ReadonlyMap<number, string>;

  constructor(names: readonly (readonly [number, string])[]) {
    this.names = new Map(names);
  }

  /** The name of a number, or the number. */
  text(value: number): string {
    return this.names.get(value) ?? String(value);
  }

  /** The number that a name, or a number in text, means; null for neither. */
  parse(text: string): number | null {
    for (const [value, name] of this.names) if (name === text) return value;
    return /^\d+$/.test(text) ? Number(text) : null;
  }
}

export const TABLES = new NumberNames([
  [RT_TABLE_DEFAULT, 'default'],
  [RT_TABLE_MAIN, 'main'],
  [RT_TABLE_LOCAL, 'local'],
]);

export const SCOPES = new NumberNames([
  [0, 'global'],
  [255, 'nowhere'],
  [254, 'host'],
  [253, 'link'],
  [200, 'site'],
]);

export const PROTOCOLS = new NumberNames([
  [0, 'unspec'],
  [1, 'redirect'],
  [RTPROT_KERNEL, 'kernel'],
  [RTPROT_BOOT, 'boot'],
  [RTPROT_STATIC, 'static'],
  [8, 'gated'],
  [9, 'ra'],
  [10, 'mrt'],
  [11, 'zebra'],
  [12, 'bird'],
  [16, 'dhcp'],
]);

export const ROUTE_TYPES = new NumberNames([
  [RTN_UNICAST, 'unicast'],
  [RTN_LOCAL, 'local'],
  [RTN_BROADCAST, 'broadcast'],
  [RTN_MULTICAST, 'multicast'],
  [RTN_BLACKHOLE, 'blackhole'],
  [RTN_UNREACHABLE, 'unreachable'],
  [RTN_PROHIBIT, 'prohibit'],
  [RTN_THROW, 'throw'],
]);
