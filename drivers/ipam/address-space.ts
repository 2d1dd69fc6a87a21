/**
 * An address space: the pools of one host's networks ("local") or of a swarm's ("global"). Sources: libnetwork
 * ipam/allocator.go and structures.go (20.10 to 26), ipams/defaultipam/address_space.go (27 and later).
 */
import { formatIpPrefix, isIpv4Prefix, type IpPrefix } from '../../protocols/ip-address.ts';
import { DockerError } from '../docker-error.ts';
import { DEFAULT_ENGINE_RELEASE, isAtLeast, type EngineRelease } from '../engine-release.ts';
import { AddressPool, newSubnetAddresses } from './address-pool.ts';
import type { AddressSet } from './address-set.ts';
import { maskedPrefix, prefixCovers, prefixesShareAddresses } from './ordinals.ts';
import {
  GLOBAL_POOLS,
  LOCAL_POOLS,
  PredefinedSubnets,
  sortedPools,
  type PredefinedPool,
} from './predefined-pools.ts';

export type AddressSpaceScope = 'local' | 'global';

/** A pool request: all of it is optional, and `range` needs a `subnet`. */
export interface PoolRequest {
  readonly subnet?: IpPrefix;
  /** `--ip-range` */
  readonly range?: IpPrefix;
  /** Ask for an IPv6 subnet when none is named. */
  readonly ipv6?: boolean;
  /** Prefixes that the host uses: a subnet taken from the predefined pools keeps off them. */
  readonly reserved?: readonly IpPrefix[];
}

/** A subnet in use, by the networks that have all of it or a range of it. */
interface Subnet {
  readonly prefix: IpPrefix;
  readonly addresses: AddressSet;
  readonly pools: Set<string>;
}

export class AddressSpace {
  readonly scope: AddressSpaceScope;
  readonly release: EngineRelease;
  private readonly predefined: PredefinedSubnets;
  private readonly subnets = new Map<string, Subnet>();
  /** Up to release 26: where the search in the predefined list starts, one past the last subnet handed out. */
  private startIndex = 0;

  constructor(
    scope: AddressSpaceScope,
    release: EngineRelease = DEFAULT_ENGINE_RELEASE,
    pools: readonly PredefinedPool[] = scope === 'local' ? LOCAL_POOLS : GLOBAL_POOLS,
  ) {
    this.scope = scope;
    this.release = release;
    this.predefined = new PredefinedSubnets(isAtLeast(release, 27) ? sortedPools(pools) : pools);
  }

  /** Takes the subnet that is asked for, or a free one of the predefined. Throws Docker's error when it cannot. */
  requestPool(request: PoolRequest = {}): AddressPool {
    if (request.subnet === undefined) return this.addPool(this.predefinedSubnet(request), null);
    const subnet = maskedPrefix(request.subnet);
    const range = request.range === undefined ? null : maskedPrefix(request.range);
    if (range !== null && !prefixCovers(subnet, range)) {
      throw new DockerError('invalid', `no matching subnet for range ${formatIpPrefix(request.range!)}`);
    }
    return this.addPool(subnet, range);
  }

  /** Gives a pool back. Its subnet, with all its addresses, is free once no other pool is on it. */
  releasePool(pool: AddressPool): void {
    const key = formatIpPrefix(pool.subnet);
    const subnet = this.subnets.get(key);
    if (subnet === undefined || !subnet.pools.delete(pool.id)) {
      throw new DockerError('notFound', `cannot find address pool for poolID:${pool.id}`);
    }
    if (subnet.pools.size === 0) this.subnets.delete(key);
  }

  /**
   * Overlap is checked for a whole subnet only: one that comes with a range may lie in another network's, and two
   * networks may share a subnet with different ranges.
   */
  private addPool(prefix: IpPrefix, range: IpPrefix | null): AddressPool {
    const key = formatIpPrefix(prefix);
    const spaceName = this.scope === 'local' ? 'LocalDefault' : 'GlobalDefault';
    const id = `${spaceName}/${key}${range === null ? '' : `/${formatIpPrefix(range)}`}`;
    let subnet = this.subnets.get(key);
    if (subnet?.pools.has(id) || (range === null && this.isUsed(prefix))) throw this.overlapError();
    if (subnet === undefined) {
      subnet = { prefix, addresses: newSubnetAddresses(prefix, this.release), pools: new Set() };
      this.subnets.set(key, subnet);
    }
    subnet.pools.add(id);
    return new AddressPool(id, prefix, range, subnet.addresses);
  }

  private overlapError(): DockerError {
    const text = 'Pool overlaps with other one on this address space';
    return new DockerError('forbidden', isAtLeast(this.release, 27) ? `invalid pool request: ${text}` : text);
  }

  private isUsed(prefix: IpPrefix): boolean {
    for (const subnet of this.subnets.values()) {
      if (prefixesShareAddresses(subnet.prefix, prefix)) return true;
    }
    return false;
  }

  private predefinedSubnet(request: PoolRequest): IpPrefix {
    const reserved = request.reserved ?? [];
    const ipv6 = request.ipv6 ?? false;
    const subnet = isAtLeast(this.release, 27)
      ? this.lowestSubnet(ipv6, reserved)
      : this.nextSubnet(ipv6, reserved);
    if (subnet === null) throw this.exhaustedError(ipv6);
    return subnet;
  }

  /** From release 27: the first predefined subnet that is free. A subnet that was given back comes again at once. */
  private lowestSubnet(ipv6: boolean, reserved: readonly IpPrefix[]): IpPrefix | null {
    for (let i = 0; i < this.predefined.count; i++) {
      const candidate = this.predefined.at(i);
      if (this.isCandidate(candidate, ipv6) && !overlapsAny(candidate, reserved)) return candidate;
    }
    return null;
  }

  /**
   * Up to release 26: the next free one after the one handed out last, so that a subnet that was given back comes
   * again only when the list has gone round. One that the host's routes rule out is held until another is found,
   * so it moves the start too (network.go requestPoolHelper).
   */
  private nextSubnet(ipv6: boolean, reserved: readonly IpPrefix[]): IpPrefix | null {
    const held: IpPrefix[] = [];
    for (;;) {
      const candidate = this.handOut(ipv6, held);
      if (candidate === null || !overlapsAny(candidate, reserved)) return candidate;
      held.push(candidate);
    }
  }

  /** getPredefinedPool: the start goes back to the list's first entry when the search has passed its end. */
  private handOut(ipv6: boolean, held: readonly IpPrefix[]): IpPrefix | null {
    const { count } = this.predefined;
    for (let i = 0; i < count; i++) {
      const candidate = this.predefined.at((this.startIndex + i) % count);
      if (!this.isCandidate(candidate, ipv6) || overlapsAny(candidate, held)) continue;
      const next = this.startIndex + i + 1;
      this.startIndex = next < count ? next : 0;
      return candidate;
    }
    return null;
  }

  private isCandidate(subnet: IpPrefix, ipv6: boolean): boolean {
    return isIpv4Prefix(subnet) !== ipv6 && !this.isUsed(subnet);
  }

  private exhaustedError(ipv6: boolean): DockerError {
    if (isAtLeast(this.release, 27)) {
      return new DockerError('notFound', 'all predefined address pools have been fully subnetted');
    }
    const family = ipv6 ? 'IPv6' : 'IPv4';
    return new DockerError(
      'notFound',
      `could not find an available, non-overlapping ${family} address pool among the defaults to assign to the network`,
    );
  }
}

function overlapsAny(prefix: IpPrefix, others: readonly IpPrefix[]): boolean {
  return others.some((other) => prefixesShareAddresses(prefix, other));
}
