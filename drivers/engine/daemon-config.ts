/**
 * daemon.json: the keys that have to do with networking, by their own names (dockerd reference). Keys that do not
 * (storage, logging, `hosts` …) are accepted and have no effect.
 */
import { parseIp, parseIpPrefix, type IpAddress, type IpPrefix } from '../../protocols/ip-address.ts';
import {
  DEFAULT_ENGINE_RELEASE,
  isAtLeast,
  parseEngineRelease,
  type EngineRelease,
} from '../engine-release.ts';
import type { PredefinedPool } from '../ipam/predefined-pools.ts';

export interface DaemonConfig {
  /** Address and prefix of docker0. */
  readonly bip: IpPrefix | null;
  /** A bridge in place of docker0; `none` for no default bridge. */
  readonly bridge: string;
  readonly fixedCidr: IpPrefix | null;
  readonly fixedCidrV6: IpPrefix | null;
  readonly defaultGateway: IpAddress | null;
  readonly defaultGatewayV6: IpAddress | null;
  readonly ipv6: boolean;
  readonly mtu: number;
  /** Host address that published ports bind to. */
  readonly ip: IpAddress;
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
  readonly userlandProxy: boolean;
  readonly icc: boolean;
  readonly ipMasq: boolean;
  readonly ipForward: boolean;
  readonly iptables: boolean;
  readonly ip6tables: boolean;
  readonly defaultAddressPools: readonly PredefinedPool[];
  readonly liveRestore: boolean;
  /** Packets from outside may be addressed to containers (28.2 and later). */
  readonly allowDirectRouting: boolean;
  /** FORWARD's policy stays as it is when Docker switches forwarding on (28 and later). */
  readonly ipForwardNoDrop: boolean;
}

/** What daemon.json holds: text and numbers, or values that a loader has parsed already. */
export type DaemonJson = Readonly<Record<string, unknown>>;

/** A key that the engine does not know, or a value it cannot read. */
export class DaemonConfigError extends Error {}

/** Keys that are younger than 20.10, and the release that had them first. */
export const DAEMON_KEYS_SINCE: Readonly<Record<string, string>> = {
  'allow-direct-routing': '28.2',
  'ip-forward-no-drop': '28.0',
};

/** Whether a release has a key that came with `since`. */
export function isKeyOf(release: EngineRelease, since: string): boolean {
  const { major, minor } = parseEngineRelease(since);
  return isAtLeast(release, major, minor);
}

const IGNORED = new Set([
  'debug',
  'log-level',
  'log-driver',
  'log-opts',
  'storage-driver',
  'storage-opts',
  'data-root',
  'exec-opts',
  'registry-mirrors',
  'insecure-registries',
  'userland-proxy-path',
  'default-runtime',
  'runtimes',
  'default-ulimits',
  'labels',
  'features',
  'builder',
  'hosts',
  'tls',
  'shutdown-timeout',
  'metrics-addr',
  'experimental',
  'swarm-default-advertise-addr',
]);

/**
 * Reads daemon.json; some defaults are the release's. Throws `DaemonConfigError` for keys that are not modelled and
 * values that do not fit.
 */
export function parseDaemonConfig(
  json: DaemonJson = {},
  release: EngineRelease = DEFAULT_ENGINE_RELEASE,
): DaemonConfig {
  const left = new Map(Object.entries(json).filter(([, value]) => value !== undefined));
  const take = <T>(key: string, fallback: T, read: (value: unknown, key: string) => T): T => {
    const value = left.get(key);
    left.delete(key);
    return value === undefined ? fallback : read(value, key);
  };
  // dockerd does not start with a key that it does not know.
  for (const [key, since] of Object.entries(DAEMON_KEYS_SINCE)) {
    if (left.get(key) !== undefined && !isKeyOf(release, since)) {
      throw new DaemonConfigError(`daemon.json: "${key}" is of release ${since} and later`);
    }
  }
  const config: DaemonConfig = {
    bip: take<IpPrefix | null>('bip', null, prefix),
    bridge: take('bridge', 'docker0', text),
    fixedCidr: take<IpPrefix | null>('fixed-cidr', null, prefix),
    fixedCidrV6: take<IpPrefix | null>('fixed-cidr-v6', null, prefix),
    defaultGateway: take<IpAddress | null>('default-gateway', null, address),
    defaultGatewayV6: take<IpAddress | null>('default-gateway-v6', null, address),
    ipv6: take('ipv6', false, flag),
    mtu: take('mtu', 1500, number),
    ip: take<IpAddress>('ip', 0, address),
    dns: take<string[]>('dns', [], texts),
    dnsSearch: take<string[]>('dns-search', [], texts),
    dnsOptions: take<string[]>('dns-opts', [], texts),
    userlandProxy: take('userland-proxy', true, flag),
    icc: take('icc', true, flag),
    ipMasq: take('ip-masq', true, flag),
    ipForward: take('ip-forward', true, flag),
    iptables: take('iptables', true, flag),
    // moby#47747
    ip6tables: take('ip6tables', isAtLeast(release, 27), flag),
    defaultAddressPools: take<PredefinedPool[]>('default-address-pools', [], pools),
    liveRestore: take('live-restore', false, flag),
    allowDirectRouting: take('allow-direct-routing', false, flag),
    ipForwardNoDrop: take('ip-forward-no-drop', false, flag),
  };
  for (const key of left.keys()) {
    if (!IGNORED.has(key)) throw new DaemonConfigError(`daemon.json: the key "${key}" is not modelled`);
  }
  return config;
}

function fail(key: string, expected: string): never {
  throw new DaemonConfigError(`daemon.json: "${key}" must be ${expected}`);
}

function text(value: unknown, key: string): string {
  return typeof value === 'string' ? value : fail(key, 'text');
}

function texts(value: unknown, key: string): string[] {
  return Array.isArray(value) ? value.map((each) => text(each, key)) : fail(key, 'a list of texts');
}

function flag(value: unknown, key: string): boolean {
  return typeof value === 'boolean' ? value : fail(key, 'true or false');
}

function number(value: unknown, key: string): number {
  return typeof value === 'number' ? value : fail(key, 'a number');
}

function prefix(value: unknown, key: string): IpPrefix {
  if (typeof value === 'object' && value !== null && 'address' in value && 'length' in value) {
    return value as IpPrefix;
  }
  try {
    return parseIpPrefix(text(value, key));
  } catch (error) {
    return fail(key, `an address and a prefix length: ${(error as Error).message}`);
  }
}

function address(value: unknown, key: string): IpAddress {
  try {
    return parseIp(text(value, key));
  } catch (error) {
    return fail(key, `an address: ${(error as Error).message}`);
  }
}

function pools(value: unknown, key: string): PredefinedPool[] {
  if (!Array.isArray(value)) return fail(key, 'a list of pools');
  return value.map((each: { base?: unknown; size?: unknown }) => ({
    base: prefix(each.base, key),
    size: number(each.size, key),
  }));
}
