/** The pools that subnets are taken from when a network names none (libnetwork ipamutils/utils.go). */
import { isIpv4Prefix, parseIpPrefix, type IpPrefix } from '../../protocols/ip-address.ts';
import { derivedId } from '../identifiers.ts';
import { addressBits, addressAt, comparePrefixes, prefixCovers } from './ordinals.ts';

/** A stretch of addresses and the prefix length of the subnets cut from it (`default-address-pools`). */
export interface PredefinedPool {
  readonly base: IpPrefix;
  readonly size: number;
}

function pool(base: string, size: number): PredefinedPool {
  return { base: parseIpPrefix(base), size };
}

/** Pools of networks that live on one host: 15 subnets /16, then 16 subnets /20. */
export const LOCAL_POOLS: readonly PredefinedPool[] = [
  pool('172.17.0.0/16', 16),
  pool('172.18.0.0/16', 16),
  pool('172.19.0.0/16', 16),
  pool('172.20.0.0/14', 16),
  pool('172.24.0.0/14', 16),
  pool('172.28.0.0/14', 16),
  pool('192.168.0.0/16', 20),
];

/**
 * The IPv6 pool that release 27 and later add when none is configured: a /48 of unique local addresses (RFC 4193) that
 * is the engine's own, for its 40 bits come from the engine's id (moby#47853).
 */
export function uniqueLocalPool(engineId: string): PredefinedPool {
  const bits = derivedId(`${engineId} unique local`).slice(0, 10);
  return pool(`fd${bits.slice(0, 2)}:${bits.slice(2, 6)}:${bits.slice(6)}::/48`, 64);
}

/** Pools of swarm networks. */
export const GLOBAL_POOLS: readonly PredefinedPool[] = [pool('10.0.0.0/8', 24)];

/** The subnets of a list of pools, in order, made when they are asked for: a swarm's are 65536. */
export class PredefinedSubnets {
  private readonly pools: readonly PredefinedPool[];
  readonly count: number;

  constructor(pools: readonly PredefinedPool[]) {
    this.pools = pools;
    this.count = pools.reduce((sum, each) => sum + subnetCount(each), 0);
  }

  at(index: number): IpPrefix {
    let left = index;
    for (const each of this.pools) {
      const count = subnetCount(each);
      if (left < count) return nthSubnet(each, left);
      left -= count;
    }
    throw new RangeError(`no predefined subnet ${index}: there are ${this.count}`);
  }
}

function subnetCount(each: PredefinedPool): number {
  return 2 ** (each.size - each.base.length);
}

function nthSubnet(each: PredefinedPool, index: number): IpPrefix {
  const ordinal = BigInt(index) << BigInt(addressBits(each.base) - each.size);
  return { address: addressAt(each.base, ordinal), length: each.size } as IpPrefix;
}

/** The list as 27.0 and later use it: by address, without pools that an earlier one covers. */
export function sortedPools(pools: readonly PredefinedPool[]): PredefinedPool[] {
  const sorted = pools.slice().sort((a, b) => comparePools(a, b));
  return sorted.filter(
    (each, i) => !sorted.slice(0, i).some((earlier) => prefixCovers(earlier.base, each.base)),
  );
}

function comparePools(a: PredefinedPool, b: PredefinedPool): number {
  const byFamily = Number(isIpv4Prefix(b.base)) - Number(isIpv4Prefix(a.base));
  return byFamily !== 0 ? byFamily : comparePrefixes(a.base, b.base);
}
