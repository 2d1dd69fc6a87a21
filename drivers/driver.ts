/**
 * What a network driver is to the engine (libnetwork driverapi/driverapi.go). A driver configures the Linux layer
 * and keeps its own state by the ids of networks and endpoints; it never sees a packet. Abilities that only some
 * drivers have are interfaces of their own, and the engine asks whether a driver has them.
 */
import type { NetDevice } from '../core/device/net-device.ts';
import type { Host } from '../core/host/host.ts';
import type { Process } from '../core/host/process.ts';
import type { RandomStream } from '../core/sim/random-streams.ts';
import type { Ipv4Prefix } from '../protocols/ipv4-address.ts';
import type { Ipv6Address } from '../protocols/ipv6-address.ts';
import type { DaemonConfig } from './engine/daemon-config.ts';
import type { EngineRelease } from './engine-release.ts';
import type { AddressLease, IpamConfig, NetworkIpam } from './ipam/network-ipam.ts';
import type { PortAllocator } from './ports/port-allocator.ts';
import type { PortMapping } from './ports/port-mapping.ts';
import type { PortRequest } from './ports/port-request.ts';

/** What the engine offers to its drivers. */
export interface DriverContext {
  readonly host: Host;
  readonly release: EngineRelease;
  readonly config: DaemonConfig;
  /** dockerd itself: the owner of sockets that the daemon opens. */
  readonly daemon: Process;
  readonly ports: PortAllocator;
  /** A random stream of this engine's own. */
  random(purpose: string): RandomStream;
}

/** A network as its driver sees it. */
export interface NetworkInfo {
  readonly id: string;
  readonly name: string;
  /** `-o key=value`, as given. */
  readonly driverOptions: ReadonlyMap<string, string>;
  readonly internal: boolean;
  readonly enableIpv6: boolean;
  /** Its addresses; null for drivers that have none. */
  readonly ipam: NetworkIpam | null;
}

/** An endpoint as the driver sees it: a container's place on a network. */
export interface EndpointInfo {
  readonly id: string;
  /** The container's name. */
  readonly name: string;
  readonly lease4: AddressLease | null;
  readonly lease6: AddressLease | null;
  /** `--mac-address`, or null. */
  readonly requestedMac: Uint8Array | null;
  readonly driverOptions: ReadonlyMap<string, string>;
  /** Ports to publish: used by drivers with external connectivity. */
  readonly portRequests: readonly PortRequest[];
  /** Legacy links of the container: pairs that icc=false must let through. */
  readonly linkedPeers: readonly LinkedPeer[];
  /** The swarm's task that the container is; undefined when it is none. */
  readonly taskId?: string | undefined;
}

/** A container that this one was linked to (`--link`), and the ports it exposes. */
export interface LinkedPeer {
  readonly address: number;
  readonly ports: readonly { readonly protocol: string; readonly port: number }[];
}

/** What the driver decided about an endpoint's interface. */
export interface EndpointInterface {
  /** Null for an endpoint without an interface of its own. */
  readonly mac: Uint8Array | null;
}

/** A route of the container besides the default route. */
export interface StaticRoute {
  readonly destination: Ipv4Prefix;
  /** 0 for one on the link. */
  readonly gateway: number;
}

/** What the sandbox is to do for an endpoint that joins it. */
export interface JoinInfo {
  /** The device to take in, now in the host's namespace; null for none. */
  readonly device: NetDevice | null;
  /** It is renamed to this and the lowest number that was not used yet. */
  readonly interfacePrefix: string;
  /** A default gateway, 0 and null for none. */
  readonly gateway: number;
  readonly gateway6: Ipv6Address | null;
  readonly staticRoutes: readonly StaticRoute[];
  /** The default route is through the device, without a gateway (ipvlan L3). */
  readonly defaultRouteOnDevice?: boolean;
  /** It has no way out: the sandbox is to get one on docker_gwbridge (overlay). */
  readonly wantsGatewayBridge?: boolean;
  /** The device keeps the MAC it has (ipvlan). */
  readonly keepMac?: boolean;
}

export interface NetworkDriver {
  /** The name `-d` takes: `bridge`, `macvlan` … */
  readonly type: string;
  /** Swarm-wide networks are made by managers. */
  readonly scope: 'local' | 'global';
  /** False for drivers whose networks have no addresses. */
  readonly usesIpam: boolean;
  createNetwork(network: NetworkInfo): void;
  deleteNetwork(network: NetworkInfo): void;
  createEndpoint(network: NetworkInfo, endpoint: EndpointInfo): EndpointInterface;
  deleteEndpoint(network: NetworkInfo, endpoint: EndpointInfo): void;
  join(network: NetworkInfo, endpoint: EndpointInfo): JoinInfo;
  leave(network: NetworkInfo, endpoint: EndpointInfo): void;
}

/** A driver that publishes ports. Called for the endpoint that is its container's way out. */
export interface ExternalConnectivity {
  programExternalConnectivity(network: NetworkInfo, endpoint: EndpointInfo): PortMapping[];
  revokeExternalConnectivity(network: NetworkInfo, endpoint: EndpointInfo): void;
}

/** A driver whose containers live in the host's own namespace. */
export interface HostNamespaceDriver {
  readonly usesHostNamespace: true;
}

/** A driver that wants other address configurations than those asked for (a default subnet, a gateway). */
export interface IpamAdjuster {
  adjustIpam(configs: readonly IpamConfig[], driverOptions: ReadonlyMap<string, string>): IpamConfig[];
}

/** A driver whose networks may do without a gateway: from release 28 its address is then not kept (GwAllocChecker). */
export interface GatewayChecker {
  skipsGateway(network: NetworkInfo): boolean;
}

/** A driver that adds to what `docker network inspect` shows as Options. */
export interface OptionsReporter {
  reportedOptions(network: NetworkInfo): ReadonlyMap<string, string>;
}

export function hasExternalConnectivity(
  driver: NetworkDriver,
): driver is NetworkDriver & ExternalConnectivity {
  return 'programExternalConnectivity' in driver;
}

export function usesHostNamespace(driver: NetworkDriver): boolean {
  return 'usesHostNamespace' in driver;
}

export function adjustsIpam(driver: NetworkDriver): driver is NetworkDriver & IpamAdjuster {
  return 'adjustIpam' in driver;
}

export function checksGateway(driver: NetworkDriver): driver is NetworkDriver & GatewayChecker {
  return 'skipsGateway' in driver;
}

export function reportsOptions(driver: NetworkDriver): driver is NetworkDriver & OptionsReporter {
  return 'reportedOptions' in driver;
}
