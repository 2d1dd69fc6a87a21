/** One pool of an address space: a subnet, or a range of it (libnetwork ipam/allocator.go). */
import { ipPrefixContains, isIpv4Prefix, type IpAddress, type IpPrefix } from '../../protocols/ip-address.ts';
import { DockerError } from '../docker-error.ts';
import { isAtLeast, type EngineRelease } from '../engine-release.ts';
import { AddressSet } from './address-set.ts';
import { addressAt, addressCount, ordinalOf } from './ordinals.ts';

/** A pool with no address left (ipamapi.ErrNoAvailableIPs): the network then tries its next subnet. */
export class NoAvailableAddressError extends DockerError {
  constructor() {
    super('internal', 'no available addresses on this pool');
  }
}

export interface AddressRequestOptions {
  /** Take the address after the last one taken, not the lowest free one: swarm networks do. */
  readonly serial?: boolean;
}

/**
 * The addresses of a subnet with those reserved that no one may have: the network address, and for IPv4 the
 * broadcast address. Since 23.0 a /31 and a /32 have neither.
 */
export function newSubnetAddresses(subnet: IpPrefix, release: EngineRelease): AddressSet {
  const count = addressCount(subnet);
  const addresses = new AddressSet(count);
  const isIpv4 = isIpv4Prefix(subnet);
  if (isIpv4 && count <= 2n && isAtLeast(release, 23)) return addresses;
  addresses.set(0n);
  if (isIpv4) addresses.set(count - 1n);
  return addresses;
}

export class AddressPool {
  /** The pool's name in its address space, `LocalDefault/172.18.0.0/16` and so on. */
  readonly id: string;
  readonly subnet: IpPrefix;
  /** The part of the subnet that automatic addresses come from (`--ip-range`); null for all of it. */
  readonly range: IpPrefix | null;
  private readonly addresses: AddressSet;

  constructor(id: string, subnet: IpPrefix, range: IpPrefix | null, addresses: AddressSet) {
    this.id = id;
    this.subnet = subnet;
    this.range = range;
    this.addresses = addresses;
  }

  /**
   * Takes `preferred`, which may lie outside the range but not outside the subnet, or, when that is null, a free
   * address of the range.
   */
  requestAddress(preferred: IpAddress | null = null, options: AddressRequestOptions = {}): IpAddress {
    if (preferred !== null) return this.requestThis(preferred);
    if (this.addresses.isFull()) throw new NoAvailableAddressError();
    const ordinal = this.addresses.setAny(this.firstOrdinal(), this.lastOrdinal(), options.serial ?? false);
    if (ordinal === null) throw new NoAvailableAddressError();
    return addressAt(this.subnet, ordinal);
  }

  private requestThis(address: IpAddress): IpAddress {
    if (!this.contains(address)) throw new DockerError('invalid', 'Requested address is out of range');
    if (this.addresses.isFull()) throw new NoAvailableAddressError();
    if (!this.addresses.set(ordinalOf(this.subnet, address))) {
      throw new DockerError('forbidden', 'Address already in use');
    }
    return address;
  }

  /** Gives an address back; it is free at once. */
  releaseAddress(address: IpAddress): void {
    if (!this.contains(address)) throw new DockerError('invalid', 'Requested address is out of range');
    this.addresses.unset(ordinalOf(this.subnet, address));
  }

  /** True when the address lies in the pool's subnet. */
  contains(address: IpAddress): boolean {
    return ipPrefixContains(this.subnet, address);
  }

  private firstOrdinal(): bigint {
    return this.range === null ? 0n : ordinalOf(this.subnet, this.range.address);
  }

  private lastOrdinal(): bigint {
    if (this.range === null) return addressCount(this.subnet) - 1n;
    return this.firstOrdinal() + addressCount(this.range) - 1n;
  }
}
