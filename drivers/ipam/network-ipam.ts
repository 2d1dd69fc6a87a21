/**
 * The addresses of one network: a pool, a gateway and auxiliary addresses a subnet, and what its endpoints take
 * (libnetwork network.go ipamAllocateVersion, endpoint.go assignAddressVersion).
 */
import {
  formatIp,
  formatIpPrefix,
  isIpv4Prefix,
  type IpAddress,
  type IpPrefix,
} from '../../protocols/ip-address.ts';
import { DockerError } from '../docker-error.ts';
import { isAtLeast } from '../engine-release.ts';
import { NoAvailableAddressError, type AddressPool } from './address-pool.ts';
import type { AddressSpace } from './address-space.ts';

/** One subnet's configuration: `--subnet`, `--ip-range`, `--gateway` and `--aux-address` of `network create`. */
export interface IpamConfig {
  readonly subnet?: IpPrefix;
  readonly ipRange?: IpPrefix;
  readonly gateway?: IpAddress;
  readonly auxAddresses?: ReadonlyMap<string, IpAddress>;
  /** The family when no subnet is named; IPv4 unless this is set. */
  readonly ipv6?: boolean;
}

/** A subnet of a network, with its gateway. */
export interface IpamSubnet {
  readonly pool: AddressPool;
  /** Null when nobody asked for one and the driver has no use for it. */
  readonly gateway: IpAddress | null;
  readonly auxAddresses: ReadonlyMap<string, IpAddress>;
  /** True when the user named the subnet. */
  readonly isStatic: boolean;
  readonly config: IpamConfig;
}

/** An address that an endpoint has, with the prefix length of its subnet. */
export interface AddressLease {
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly pool: AddressPool;
}

export interface NetworkIpamOptions {
  readonly networkName: string;
  readonly networkId: string;
  /** Allocate serially (swarm networks). */
  readonly serial?: boolean;
  /** Prefixes in use on the host, see reservedPrefixes(); swarm networks give none. */
  readonly reserved?: readonly IpPrefix[];
  /** No address is kept for a gateway that was not asked for. */
  readonly skipsGateway?: boolean;
}

/** The auxiliary addresses that become the containers' default gateway while the bridge keeps `--gateway`. */
export const DEFAULT_GATEWAY_AUX_KEYS = { ipv4: 'DefaultGatewayIPv4', ipv6: 'DefaultGatewayIPv6' } as const;

export class NetworkIpam {
  readonly subnets: readonly IpamSubnet[];
  private readonly space: AddressSpace;
  private readonly options: NetworkIpamOptions;

  /** Takes the pools and gateways; when one cannot be had, what was taken is given back and Docker's error thrown. */
  constructor(space: AddressSpace, configs: readonly IpamConfig[], options: NetworkIpamOptions) {
    this.space = space;
    this.options = options;
    const subnets: IpamSubnet[] = [];
    try {
      for (const config of configs) subnets.push(this.allocateSubnet(config));
    } catch (error) {
      for (const subnet of subnets) this.releaseSubnet(subnet);
      throw error;
    }
    this.subnets = subnets;
  }

  /** The subnets of one family, in the order of the configuration. */
  subnetsOf(family: 4 | 6): IpamSubnet[] {
    return this.subnets.filter((subnet) => isIpv4Prefix(subnet.pool.subnet) === (family === 4));
  }

  /**
   * Takes an address for an endpoint: `preferred` (`--ip`), or one of the first subnet that has one left. Gives null
   * when the network has no subnet of the family.
   */
  requestAddress(family: 4 | 6, preferred: IpAddress | null = null): AddressLease | null {
    const subnets = this.subnetsOf(family);
    if (subnets.length === 0 && preferred === null) return null;
    for (const { pool } of subnets) {
      if (preferred !== null && !pool.contains(preferred)) continue;
      const lease = this.requestFrom(pool, preferred);
      if (lease !== null) return lease;
    }
    if (preferred !== null) {
      const text = `Invalid address ${formatIp(preferred)}: It does not belong to any of this network's subnets`;
      throw new DockerError('invalid', text);
    }
    const { networkName, networkId } = this.options;
    throw new DockerError(
      'internal',
      `no available IPv${family} addresses on this network's address pools: ${networkName} (${networkId})`,
    );
  }

  /** A lease from one pool; null when it has no address left and none in particular was asked for. */
  private requestFrom(pool: AddressPool, preferred: IpAddress | null): AddressLease | null {
    try {
      const address = pool.requestAddress(preferred, { serial: this.options.serial ?? false });
      return { address, prefixLength: pool.subnet.length, pool };
    } catch (error) {
      if (error instanceof NoAvailableAddressError && preferred === null) return null;
      throw error;
    }
  }

  /** Gives an endpoint's address back; it is free at once. */
  releaseAddress(lease: AddressLease): void {
    lease.pool.releaseAddress(lease.address);
  }

  /** Gives everything back when the network is removed. */
  release(): void {
    for (const subnet of this.subnets) this.releaseSubnet(subnet);
  }

  /**
   * Checks an address asked for with `--ip` as the daemon does before it allocates: releases before 29 take one only
   * on a subnet that the user named. (On the default bridge the option is not looked at here: its own message.)
   */
  checkPreferredAddress(address: IpAddress): void {
    const { release } = this.space;
    const family = typeof address === 'number' ? 4 : 6;
    const named = this.subnetsOf(family).filter((subnet) => isAtLeast(release, 29) || subnet.isStatic);
    if (named.some((subnet) => subnet.pool.contains(address))) return;
    const text = formatIp(address);
    if (isAtLeast(release, 29)) {
      throw new DockerError(
        'invalid',
        `invalid endpoint settings:\nno configured subnet contains IP address ${text}`,
      );
    }
    if (named.length === 0) {
      throw new DockerError(
        'invalid',
        'user specified IP address is supported only when connecting to networks with user configured subnets',
      );
    }
    if (isAtLeast(release, 25)) {
      throw new DockerError('invalid', `no configured subnet or ip-range contain the IP address ${text}`);
    }
  }

  private allocateSubnet(config: IpamConfig): IpamSubnet {
    const pool = this.space.requestPool({
      ...(config.subnet !== undefined && { subnet: config.subnet }),
      ...(config.ipRange !== undefined && { range: config.ipRange }),
      ipv6: config.ipv6 ?? false,
      reserved: this.options.reserved ?? [],
    });
    const taken: IpAddress[] = [];
    try {
      const isNeeded = config.gateway !== undefined || this.options.skipsGateway !== true;
      const gateway = isNeeded ? this.allocateGateway(pool, config.gateway ?? null) : null;
      if (gateway !== null) taken.push(gateway);
      const auxAddresses = config.auxAddresses ?? new Map<string, IpAddress>();
      for (const [name, address] of auxAddresses) taken.push(this.allocateAux(pool, name, address));
      return { pool, gateway, auxAddresses, isStatic: config.subnet !== undefined, config };
    } catch (error) {
      for (const address of taken) pool.releaseAddress(address);
      this.space.releasePool(pool);
      throw error;
    }
  }

  /** The gateway that was asked for, else the pool's first free address: with a range, the range's. */
  private allocateGateway(pool: AddressPool, preferred: IpAddress | null): IpAddress {
    try {
      return pool.requestAddress(preferred, { serial: this.options.serial ?? false });
    } catch (error) {
      if (!(error instanceof DockerError)) throw error;
      const text = preferred === null ? '' : formatIp(preferred);
      throw new DockerError('internal', `failed to allocate gateway (${text}): ${error.message}`);
    }
  }

  private allocateAux(pool: AddressPool, name: string, address: IpAddress): IpAddress {
    const entry = `${name}:${formatIp(address)}`;
    if (!pool.contains(address)) {
      const subnet = formatIpPrefix(pool.subnet);
      throw new DockerError(
        'forbidden',
        `auxilairy address: (${entry}) must belong to the master pool: ${subnet}`,
      );
    }
    try {
      return pool.requestAddress(address);
    } catch (error) {
      if (!(error instanceof DockerError)) throw error;
      throw new DockerError(
        'internal',
        `failed to allocate secondary ip address (${entry}): ${error.message}`,
      );
    }
  }

  private releaseSubnet(subnet: IpamSubnet): void {
    if (subnet.gateway !== null) subnet.pool.releaseAddress(subnet.gateway);
    for (const address of subnet.auxAddresses.values()) subnet.pool.releaseAddress(address);
    this.space.releasePool(subnet.pool);
  }
}
