/** A network of an engine and what `docker network inspect` knows of it. */
import type { NetworkDriver, NetworkInfo } from '../driver.ts';
import type { IpamConfig, NetworkIpam } from '../ipam/network-ipam.ts';
import { NetworkNameTable } from '../names/network-name-table.ts';
import type { Endpoint } from './endpoint.ts';

/** What a network is made from. */
export interface NetworkSpec {
  readonly name: string;
  readonly driver: string;
  readonly driverOptions: ReadonlyMap<string, string>;
  readonly ipam: readonly IpamConfig[];
  readonly ipamDriver: string;
  /** Null where inspect shows null: networks that the daemon makes. */
  readonly ipamOptions: ReadonlyMap<string, string> | null;
  readonly internal: boolean;
  readonly enableIpv6: boolean;
  readonly attachable: boolean;
  readonly ingress: boolean;
  readonly configOnly: boolean;
  readonly configFrom: string;
  readonly labels: ReadonlyMap<string, string>;
}

export class Network implements NetworkInfo {
  readonly id: string;
  readonly spec: NetworkSpec;
  /** Null for a network that only holds a configuration. */
  readonly driver: NetworkDriver | null;
  /** A network of the swarm counts from when this node came to be on it, or else from when the swarm had it. */
  createdNs: number;
  readonly scope: string;
  ipam: NetworkIpam | null = null;
  readonly endpoints = new Map<string, Endpoint>();
  /** Who is called what, for the embedded DNS. */
  readonly names: NetworkNameTable;

  constructor(
    id: string,
    spec: NetworkSpec,
    driver: NetworkDriver | null,
    createdNs: number,
    names = new NetworkNameTable(spec.name),
  ) {
    this.id = id;
    this.spec = spec;
    this.driver = driver;
    this.createdNs = createdNs;
    this.scope = driver?.scope === 'global' ? 'swarm' : 'local';
    this.names = names;
  }

  get name(): string {
    return this.spec.name;
  }

  get driverOptions(): ReadonlyMap<string, string> {
    return this.spec.driverOptions;
  }

  get internal(): boolean {
    return this.spec.internal;
  }

  get enableIpv6(): boolean {
    return this.spec.enableIpv6;
  }

  /** bridge, host and none, which are always there. */
  get isPredefined(): boolean {
    return isPredefinedName(this.name);
  }

  /** Containers on it are found by name. */
  get hasResolver(): boolean {
    return !this.isPredefined && !this.spec.ingress && this.driver !== null;
  }
}

export function isPredefinedName(name: string): boolean {
  return name === 'bridge' || name === 'host' || name === 'none';
}
