/**
 * The network of one running container: its namespace, the endpoints in it, the way out, the embedded DNS
 * (libnetwork sandbox.go, endpoint.go sbJoin and sbLeave, osl/interface_linux.go, osl/route_linux.go).
 */
import { NamespaceFile } from '../../core/host/namespace-file.ts';
import type { NetDevice } from '../../core/device/net-device.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { DockerError } from '../docker-error.ts';
import { hasExternalConnectivity, type JoinInfo } from '../driver.ts';
import { isAtLeast } from '../engine-release.ts';
import type { Engine } from '../engine/engine.ts';
import { shortId } from '../identifiers.ts';
import { compareEndpoints, type Endpoint } from '../network/endpoint.ts';
import { writeSysctl } from '../sysctl.ts';
import { systemErrorText } from '../system-error.ts';
import { advertiseAddresses } from './advertise-addresses.ts';
import { configureInterface } from './configure-interface.ts';
import { addDefaultRoute, addStaticRoutes, removeDefaultRoutes } from './container-routes.ts';
import { GATEWAY_NETWORK, createGatewayEndpoint, deleteGatewayEndpoint } from './gateway-bridge.ts';
import { EmbeddedDns } from './embedded-dns.ts';
import { applyEndpointSysctls, askedInterfaceName } from './endpoint-options.ts';
import type { SandboxFiles } from './sandbox-files.ts';

export interface SandboxOptions {
  readonly id: string;
  readonly files: SandboxFiles;
  /** The host's own namespace is used (`--network host`). */
  readonly usesHost: boolean;
  /** False for load balancers of overlays, which need no way out. */
  readonly wantsWayOut?: boolean;
}

export class Sandbox {
  readonly id: string;
  /** The file that stands for the namespace. */
  readonly key: string;
  readonly netns: NetNamespace;
  readonly usesHost: boolean;
  readonly files: SandboxFiles;
  /** In the order of preference. */
  readonly endpoints: Endpoint[] = [];
  private readonly engine: Engine;
  private readonly wantsWayOut: boolean;
  /** The place on docker_gwbridge, while there is a need for it. */
  private gatewayBridgeEndpoint: Endpoint | null = null;
  private resolver: EmbeddedDns | null = null;
  /** The sandbox is being put on its first networks. */
  private isBuilding = false;
  /** Interface numbers count up by prefix. */
  private readonly nextNumber = new Map<string, number>();

  constructor(engine: Engine, options: SandboxOptions) {
    this.engine = engine;
    this.id = options.id;
    this.usesHost = options.usesHost;
    this.wantsWayOut = options.wantsWayOut ?? true;
    this.files = options.files;
    const { host } = engine;
    this.key = `/var/run/docker/netns/${options.usesHost ? 'default' : shortId(options.id)}`;
    this.netns = options.usesHost ? host.initNamespace : host.createNamespace('');
    engine.namespaces.hold(this.netns);
    if (options.usesHost) return;
    host.fileSystem.define(this.key, new NamespaceFile(this.netns));
    setUpNamespace(this.netns, isAtLeast(engine.release, 26));
  }

  /** The endpoint that the default route goes through, and whose ports are published. */
  get gatewayEndpoint(): Endpoint | null {
    return this.endpoints.find((endpoint) => endpoint.hasGateway) ?? null;
  }

  /**
   * Takes in the first endpoints. Before release 28 interfaces come into the namespace when all are known, and the one
   * on docker_gwbridge is the last of them; since then it comes right after the first that needs it.
   */
  whileBuilding(join: () => void): void {
    if (isAtLeast(this.engine.release, 28)) {
      join();
      return;
    }
    this.isBuilding = true;
    try {
      join();
    } finally {
      this.isBuilding = false;
    }
    const last = this.endpoints.at(-1);
    if (last !== undefined) this.updateGatewayBridge(last);
  }

  /** Takes an endpoint in. When this fails, `leave` undoes what was done. */
  join(endpoint: Endpoint): void {
    const { network } = endpoint;
    const before = this.gatewayEndpoint;
    endpoint.joined = network.driver!.join(network, endpoint);
    this.endpoints.push(endpoint);
    this.endpoints.sort(compareEndpoints);
    if (isNamedInHosts(endpoint)) {
      for (const address of endpoint.addresses) this.files.addOwnAddress(address);
    }
    if (network.hasResolver || network.spec.ingress) this.startResolver();
    if (endpoint.joined.device !== null) this.takeDevice(endpoint, endpoint.joined.device);
    if (this.gatewayEndpoint === endpoint) this.updateGateway();
    network.endpoints.set(endpoint.id, endpoint);
    this.moveConnectivity(before);
    this.updateGatewayBridge(endpoint);
  }

  /** Lets an endpoint go: its interface goes back to the driver. */
  leave(endpoint: Endpoint): void {
    const index = this.endpoints.indexOf(endpoint);
    if (index < 0) return;
    const { network } = endpoint;
    this.revokeConnectivity(endpoint);
    network.driver!.leave(network, endpoint);
    const wasGateway = this.gatewayEndpoint === endpoint;
    this.endpoints.splice(index, 1);
    if (endpoint.device !== null) this.giveBackDevice(endpoint);
    endpoint.joined = null;
    if (wasGateway) this.updateGateway();
    for (const address of endpoint.addresses) this.files.removeOwnAddress(address);
    network.names.delete(endpoint.id);
    network.endpoints.delete(endpoint.id);
    const next = this.gatewayEndpoint;
    if (wasGateway && next !== null) this.programConnectivity(next);
    this.updateGatewayBridge(endpoint);
  }

  /** Ends the sandbox: every endpoint has left. The namespace goes with its last user. */
  destroy(): void {
    this.resolver?.stop();
    this.resolver = null;
    if (!this.usesHost) this.engine.host.fileSystem.remove(this.key);
    this.engine.namespaces.release(this.netns);
  }

  /**
   * needDefaultGW, after `changed` joined or left: endpoints without a gateway get a way out on docker_gwbridge,
   * until there is another or they have left.
   */
  private updateGatewayBridge(changed: Endpoint): void {
    const own = this.gatewayBridgeEndpoint;
    if (changed === own || changed.network.name === GATEWAY_NETWORK || !this.wantsWayOut) return;
    if (this.isBuilding) return;
    const others = this.endpoints.filter((endpoint) => endpoint !== own);
    const isNeeded =
      others.some(({ joined }) => joined?.wantsGatewayBridge === true) &&
      !others.some((endpoint) => endpoint.hasGateway);
    if (isNeeded && own === null) {
      this.gatewayBridgeEndpoint = createGatewayEndpoint(this.engine, changed);
      this.join(this.gatewayBridgeEndpoint);
    } else if (!isNeeded && own !== null) {
      this.leave(own);
      this.gatewayBridgeEndpoint = null;
      deleteGatewayEndpoint(own);
    }
  }

  private startResolver(): void {
    if (this.resolver !== null) return;
    this.files.useEmbeddedDns();
    this.resolver = new EmbeddedDns(this.engine, this);
  }

  private takeDevice(endpoint: Endpoint, device: NetDevice): void {
    const joined = endpoint.joined!;
    const { release } = this.engine;
    const { driverOptions } = endpoint;
    const sourceName = device.name;
    const asked = askedInterfaceName(driverOptions, release);
    if (asked !== null && this.netns.device(asked) !== undefined) {
      throw new DockerError('internal', `failed to add interface ${sourceName} to sandbox: file exists`);
    }
    const name = asked ?? this.interfaceName(joined.interfacePrefix);
    this.netns.moveDeviceHere(device, name);
    endpoint.device = device;
    try {
      applyEndpointSysctls(this.netns, name, driverOptions, release);
      configureInterface(this.netns, device, {
        mac: joined.keepMac === true ? null : endpoint.mac,
        lease4: endpoint.lease4,
        lease6: endpoint.lease6,
      });
    } catch (error) {
      throw new DockerError(
        'internal',
        `failed to add interface ${sourceName} to sandbox: ${systemErrorText(error)}`,
      );
    }
    addStaticRoutes(this.netns, device, joined.staticRoutes);
    advertiseAddresses(this.engine, endpoint);
  }

  private interfaceName(prefix: string): string {
    if (isAtLeast(this.engine.release, 28)) {
      let number = 0;
      while (this.netns.device(`${prefix}${number}`) !== undefined) number++;
      return `${prefix}${number}`;
    }
    const number = this.nextNumber.get(prefix) ?? 0;
    this.nextNumber.set(prefix, number + 1);
    return `${prefix}${number}`;
  }

  /** RemoveInterface: the device returns to the host's namespace under a name that nothing else has there. */
  private giveBackDevice(endpoint: Endpoint): void {
    const device = endpoint.device!;
    endpoint.device = null;
    if (device.netns !== this.netns) return;
    this.netns.ipv4.setDown(device);
    const initial = this.engine.host.initNamespace;
    initial.moveDeviceHere(device, `veth${this.engine.random('veth-names').hex(7)}`);
  }

  private updateGateway(): void {
    removeDefaultRoutes(this.netns);
    const endpoint = this.gatewayEndpoint;
    if (endpoint === null || endpoint.device === null) return;
    addDefaultRoute(this.netns, endpoint.device, endpoint.joined as JoinInfo);
  }

  /** Ports are published for the gateway endpoint alone: when another becomes it, they move. */
  private moveConnectivity(before: Endpoint | null): void {
    const now = this.gatewayEndpoint;
    if (now === before) return;
    if (before !== null) this.revokeConnectivity(before);
    if (now !== null) this.programConnectivity(now);
  }

  private programConnectivity(endpoint: Endpoint): void {
    const { network } = endpoint;
    if (network.internal || !hasExternalConnectivity(network.driver!)) return;
    endpoint.hasConnectivity = true;
    endpoint.portMappings = network.driver.programExternalConnectivity(network, endpoint);
  }

  private revokeConnectivity(endpoint: Endpoint): void {
    const { network } = endpoint;
    if (!endpoint.hasConnectivity || !hasExternalConnectivity(network.driver!)) return;
    endpoint.hasConnectivity = false;
    network.driver.revokeExternalConnectivity(network, endpoint);
    endpoint.portMappings = [];
  }
}

/** Addresses on the networks of the swarm's own are not in /etc/hosts. */
function isNamedInHosts({ network }: Endpoint): boolean {
  return !network.spec.ingress && network.name !== GATEWAY_NETWORK;
}

/**
 * A new namespace as Docker leaves it: loopback up, IPv6 off until an interface needs it, open low ports. From release
 * 26 loopback has ::1 (moby#47062).
 */
function setUpNamespace(netns: NetNamespace, ipv6OnLoopback: boolean): void {
  writeSysctl(netns, 'net/ipv6/conf/all/disable_ipv6', '1');
  writeSysctl(netns, 'net/ipv6/conf/default/disable_ipv6', '1');
  if (ipv6OnLoopback) writeSysctl(netns, 'net/ipv6/conf/lo/disable_ipv6', '0');
  writeSysctl(netns, 'net/ipv4/ip_unprivileged_port_start', '0');
  writeSysctl(netns, 'net/ipv4/ping_group_range', '0\t2147483647');
  netns.ipv4.setUp(netns.loopback);
}
