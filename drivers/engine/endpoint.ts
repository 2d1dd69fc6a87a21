import type { NetDevice } from '../../core/device/net-device.ts';
import type { AddressLease } from '../ipam/network-ipam.ts';
import type { PortMapping } from '../ports/port-mapping.ts';
import type { Container } from './container.ts';
import type { Network } from './network.ts';

/** What a user asks of a container's place in a network (`--ip`, `--network-alias`, `network connect`). */
export interface EndpointSettings {
  readonly ipv4?: number;
  readonly ipv6?: string;
  readonly mac?: Uint8Array;
  readonly aliases?: readonly string[];
  /** `--link name:alias`, as given. */
  readonly links?: readonly string[];
  readonly driverOptions?: ReadonlyMap<string, string>;
}

/** A container's (or a load balancer's) place in a network (libnetwork Endpoint). */
export class Endpoint {
  readonly id: string;
  readonly network: Network;
  /** The container, or null for an endpoint of the daemon's own. */
  readonly container: Container | null;
  readonly name: string;
  readonly settings: EndpointSettings;
  lease4: AddressLease | null = null;
  lease6: AddressLease | null = null;
  mac: Uint8Array | null = null;
  /** The interface that goes into the sandbox. */
  device: NetDevice | null = null;
  /** Its other end, on the host, for drivers that make pairs. */
  hostDevice: NetDevice | null = null;
  /** The name in the sandbox once joined, such as eth0. */
  interfaceName = '';
  /** The gateway the driver named at join. */
  gateway: number | null = null;
  deviceDefaultRoute = false;
  /** Ports that were opened on this endpoint. */
  ports: PortMapping[] = [];

  constructor(
    id: string,
    network: Network,
    container: Container | null,
    name: string,
    settings: EndpointSettings,
  ) {
    this.id = id;
    this.network = network;
    this.container = container;
    this.name = name;
    this.settings = settings;
  }

  /** The IPv4 address, or null. */
  get address(): number | null {
    return this.lease4 === null ? null : (this.lease4.address as number);
  }
}
