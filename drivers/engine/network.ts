import type { NetworkIpam } from '../ipam/network-ipam.ts';
import { NetworkNameTable } from '../names/network-name-table.ts';
import type { ExternalConnectivity, AddressPolicy, NetworkDriver } from '../driver.ts';
import type { Endpoint } from './endpoint.ts';
import type { IpamConfigText, NetworkCreateOptions } from './network-options.ts';

/** A network of one daemon (or its view of one of the swarm's). */
export class Network {
  readonly id: string;
  readonly name: string;
  readonly driver: NetworkDriver & Partial<ExternalConnectivity> & AddressPolicy;
  readonly options: ReadonlyMap<string, string>;
  readonly labels: ReadonlyMap<string, string>;
  readonly internal: boolean;
  readonly attachable: boolean;
  readonly ingress: boolean;
  readonly enableIpv6: boolean;
  readonly scope: 'local' | 'swarm';
  /** When it was made, in simulated nanoseconds. */
  readonly createdNs: number;
  /** The IPAM configuration as inspect shows it. */
  readonly ipamConfig: readonly IpamConfigText[];
  readonly ipamOptions: ReadonlyMap<string, string> | null;
  ipam: NetworkIpam | null;
  readonly endpoints: Endpoint[] = [];
  readonly names: NetworkNameTable;
  /** What the driver keeps of the network. */
  driverState: unknown = null;

  constructor(
    id: string,
    driver: Network['driver'],
    options: NetworkCreateOptions,
    ipam: NetworkIpam | null,
    ipamConfig: readonly IpamConfigText[],
    createdNs: number,
  ) {
    this.id = id;
    this.name = options.name;
    this.driver = driver;
    this.options = options.options ?? new Map();
    this.labels = options.labels ?? new Map();
    this.internal = options.internal ?? false;
    this.attachable = options.attachable ?? false;
    this.ingress = options.ingress ?? false;
    this.enableIpv6 = options.enableIpv6 ?? false;
    this.scope = options.scope ?? driver.scope;
    this.ipam = ipam;
    this.ipamConfig = ipamConfig;
    this.ipamOptions = options.ipamOptions ?? null;
    this.createdNs = createdNs;
    this.names = new NetworkNameTable(options.name);
  }

  /** The value of a driver option, or undefined. */
  option(name: string): string | undefined {
    return this.options.get(name);
  }

  /** Whether containers on it find each other by name: all but the default bridge, host and none. */
  get hasEmbeddedDns(): boolean {
    return !['bridge', 'host', 'none'].includes(this.name);
  }
}
