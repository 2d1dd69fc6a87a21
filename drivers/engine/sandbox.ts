import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { RTN_UNICAST, RTPROT_BOOT, RT_TABLE_MAIN, type Ipv4Route } from '../../core/namespace/ipv4-route.ts';
import type { VirtualFileSystem } from '../../core/host/virtual-file-system.ts';
import type { Host } from '../../core/host/host.ts';
import { prefixMask } from '../../protocols/ipv4-address.ts';
import type { Process } from '../../core/host/process.ts';
import type { Endpoint } from './endpoint.ts';

/**
 * A network namespace and the endpoints in it (libnetwork sandbox.go). Endpoints are kept in the order that decides
 * the default route and the search of names.
 */
export class Sandbox {
  readonly id: string;
  /** /var/run/docker/netns/KEY. */
  readonly key: string;
  readonly host: Host;
  readonly netns: NetNamespace;
  readonly fileSystem: VirtualFileSystem;
  readonly endpoints: Endpoint[] = [];
  /** The embedded DNS server, when there is one. */
  resolver: Process | null = null;
  private defaultRoute: Ipv4Route | null = null;

  constructor(id: string, key: string, host: Host, netns: NetNamespace, fileSystem: VirtualFileSystem) {
    this.id = id;
    this.key = key;
    this.host = host;
    this.netns = netns;
    this.fileSystem = fileSystem;
  }

  /** Adds an endpoint at its place: gateway bridge last, internal networks later, then by network name. */
  insert(endpoint: Endpoint): void {
    let index = 0;
    while (index < this.endpoints.length && !comesBefore(endpoint, this.endpoints[index]!)) index++;
    this.endpoints.splice(index, 0, endpoint);
  }

  remove(endpoint: Endpoint): void {
    const index = this.endpoints.indexOf(endpoint);
    if (index >= 0) this.endpoints.splice(index, 1);
  }

  /** The endpoint that gives the way out: the first with a gateway. */
  get gatewayEndpoint(): Endpoint | null {
    return (
      this.endpoints.find((endpoint) => endpoint.gateway !== null || endpoint.deviceDefaultRoute) ?? null
    );
  }

  /** Moves an endpoint's interface in, names it, and brings it up with its address (populateNetworkResources). */
  populate(endpoint: Endpoint, prefix: string): void {
    const device = endpoint.device;
    if (device === null) return;
    endpoint.interfaceName = this.freeName(prefix);
    this.netns.moveDeviceHere(device, endpoint.interfaceName);
    if (endpoint.mac !== null) device.setMac(endpoint.mac);
    if (endpoint.lease4 !== null) {
      const local = endpoint.lease4.address as number;
      const length = endpoint.lease4.prefixLength;
      const broadcast = (local | ~prefixMask(length)) >>> 0;
      this.netns.ipv4.addAddress(device, local, length, { broadcast: length < 31 ? broadcast : 0 });
    }
    this.netns.ipv4.setUp(device);
  }

  /** Sets the default route to the gateway endpoint's, or takes it away (updateGateway). */
  updateGateway(): void {
    const endpoint = this.gatewayEndpoint;
    const fib = this.netns.ipv4.fib;
    if (this.defaultRoute !== null) fib.remove(this.defaultRoute);
    this.defaultRoute = null;
    if (endpoint === null || endpoint.device === null) return;
    this.defaultRoute = {
      type: RTN_UNICAST,
      destination: 0,
      prefixLength: 0,
      gateway: endpoint.deviceDefaultRoute ? 0 : endpoint.gateway!,
      dev: endpoint.device,
      prefSrc: 0,
      scope: endpoint.deviceDefaultRoute ? 253 : 0,
      protocol: RTPROT_BOOT,
      table: RT_TABLE_MAIN,
      metric: 0,
      mtu: 0,
      tos: 0,
      onlink: false,
    };
    fib.add(this.defaultRoute);
  }

  private freeName(prefix: string): string {
    let number = 0;
    while (this.netns.device(`${prefix}${number}`) !== undefined) number++;
    return `${prefix}${number}`;
  }
}

/** Endpoint.Less of libnetwork's sandbox.go. */
function comesBefore(a: Endpoint, b: Endpoint): boolean {
  const gatewayBridge = (endpoint: Endpoint) => endpoint.network.name === 'docker_gwbridge';
  if (gatewayBridge(a) !== gatewayBridge(b)) return gatewayBridge(b);
  if (a.network.internal !== b.network.internal) return b.network.internal;
  return a.network.name < b.network.name;
}
