/** A container's place on a network (libnetwork endpoint.go). */
import type { NetDevice } from '../../core/device/net-device.ts';
import { formatMac } from '../../protocols/mac-address.ts';
import type { IpAddress } from '../../protocols/ip-address.ts';
import type { EndpointInfo, JoinInfo, LinkedPeer } from '../driver.ts';
import type { AddressLease } from '../ipam/network-ipam.ts';
import type { PortMapping } from '../ports/port-mapping.ts';
import type { PortRequest } from '../ports/port-request.ts';
import type { Network } from './network.ts';

/** How a container wants to be on a network (the API's EndpointSettings). */
export interface EndpointConfig {
  /** `--ip`, `--ip6`, `--link-local-ip`; '' when not given. */
  readonly ipv4: string;
  readonly ipv6: string;
  readonly linkLocalIps: readonly string[];
  /** As given; the daemon's own aliases are not among them. */
  readonly aliases: readonly string[];
  /** `name:alias`. */
  readonly links: readonly string[];
  readonly macAddress: string;
  readonly driverOptions: ReadonlyMap<string, string>;
  readonly gatewayPriority: number;
  /** For the container of a swarm's task: its address is one that the managers gave it. */
  readonly task?: TaskAddress;
  /** Shown as `IPAMConfig: {}` even without addresses, as `docker network connect` asks for it. */
  readonly hasIpamConfig: boolean;
}

export interface TaskAddress {
  /** The task's id. */
  readonly id: string;
  readonly address: number;
  readonly prefixLength: number;
}

export const NO_ENDPOINT_CONFIG: EndpointConfig = {
  ipv4: '',
  ipv6: '',
  linkLocalIps: [],
  aliases: [],
  links: [],
  macAddress: '',
  driverOptions: new Map(),
  gatewayPriority: 0,
  hasIpamConfig: false,
};

export interface EndpointSpec {
  readonly id: string;
  readonly containerId: string;
  readonly name: string;
  readonly lease4: AddressLease | null;
  readonly lease6: AddressLease | null;
  readonly requestedMac: Uint8Array | null;
  readonly driverOptions: ReadonlyMap<string, string>;
  readonly portRequests: readonly PortRequest[];
  readonly linkedPeers: readonly LinkedPeer[];
  readonly linkAliases: ReadonlyMap<string, string>;
  readonly gatewayPriority: number;
  readonly taskId?: string;
}

export class Endpoint implements EndpointInfo {
  readonly network: Network;
  readonly id: string;
  readonly containerId: string;
  readonly name: string;
  readonly lease4: AddressLease | null;
  readonly lease6: AddressLease | null;
  readonly requestedMac: Uint8Array | null;
  readonly driverOptions: ReadonlyMap<string, string>;
  readonly portRequests: readonly PortRequest[];
  readonly linkedPeers: readonly LinkedPeer[];
  /** `--link name:alias` on a user-defined network, from alias to name. */
  readonly linkAliases: ReadonlyMap<string, string>;
  readonly gatewayPriority: number;
  readonly taskId: string | undefined;
  /** Set by the driver. */
  mac: Uint8Array | null = null;
  /** While joined to a sandbox. */
  joined: JoinInfo | null = null;
  device: NetDevice | null = null;
  portMappings: readonly PortMapping[] = [];
  /** The driver has published this endpoint's ports. */
  hasConnectivity = false;

  constructor(network: Network, spec: EndpointSpec) {
    this.network = network;
    this.id = spec.id;
    this.containerId = spec.containerId;
    this.name = spec.name;
    this.lease4 = spec.lease4;
    this.lease6 = spec.lease6;
    this.requestedMac = spec.requestedMac;
    this.driverOptions = spec.driverOptions;
    this.portRequests = spec.portRequests;
    this.linkedPeers = spec.linkedPeers;
    this.linkAliases = spec.linkAliases;
    this.gatewayPriority = spec.gatewayPriority;
    this.taskId = spec.taskId;
  }

  get addresses(): IpAddress[] {
    return [this.lease4, this.lease6].filter((lease) => lease !== null).map((lease) => lease.address);
  }

  /** '' when it has none. */
  get macText(): string {
    return this.mac === null ? '' : formatMac(this.mac);
  }

  /** Whether it can be the container's way out. */
  get hasGateway(): boolean {
    const { joined } = this;
    return joined !== null && (joined.gateway !== 0 || joined.defaultRouteOnDevice === true);
  }
}

/**
 * The order in which a sandbox takes its endpoints: the first with a gateway is the way out (sandbox.go,
 * Endpoint.Less).
 */
export function compareEndpoints(a: Endpoint, b: Endpoint): number {
  return (
    b.gatewayPriority - a.gatewayPriority ||
    Number(isGatewayBridge(a)) - Number(isGatewayBridge(b)) ||
    Number(a.network.internal) - Number(b.network.internal) ||
    Number(hasBothGateways(b)) - Number(hasBothGateways(a)) ||
    (a.network.name < b.network.name ? -1 : a.network.name > b.network.name ? 1 : 0)
  );
}

function isGatewayBridge(endpoint: Endpoint): boolean {
  return endpoint.network.name === 'docker_gwbridge';
}

function hasBothGateways({ joined }: Endpoint): boolean {
  return joined !== null && joined.gateway !== 0 && joined.gateway6 !== null;
}
