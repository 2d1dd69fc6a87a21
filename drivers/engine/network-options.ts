import type { IpamConfig } from '../ipam/network-ipam.ts';

/** One entry of IPAM.Config as `docker network inspect` prints it. */
export interface IpamConfigText {
  readonly Subnet?: string;
  readonly IPRange?: string;
  readonly Gateway?: string;
  readonly AuxiliaryAddresses?: Readonly<Record<string, string>>;
}

/** `docker network create` after its words were read. */
export interface NetworkCreateOptions {
  readonly name: string;
  readonly driver: string;
  readonly ipam?: readonly IpamConfig[];
  readonly ipamOptions?: ReadonlyMap<string, string>;
  readonly options?: ReadonlyMap<string, string>;
  readonly labels?: ReadonlyMap<string, string>;
  readonly internal?: boolean;
  readonly attachable?: boolean;
  readonly ingress?: boolean;
  readonly enableIpv6?: boolean;
  readonly scope?: 'local' | 'swarm';
  /** A given id: swarm networks, and the predefined ones of a known daemon. */
  readonly id?: string;
}
