/** The bridge driver (libnetwork drivers/bridge/bridge.go). */
import { formatIpv4 } from '../../protocols/ipv4-address.ts';
import type {
  DriverContext,
  EndpointInfo,
  EndpointInterface,
  ExternalConnectivity,
  JoinInfo,
  NetworkDriver,
  NetworkInfo,
} from '../driver.ts';
import { isAtLeast } from '../engine-release.ts';
import { Iptables } from '../iptables.ts';
import type { PortMapping } from '../ports/port-mapping.ts';
import { flushConntrackOf } from '../conntrack.ts';
import { BridgeEndpoint } from './endpoint.ts';
import { createFirewallLayout } from './firewall/create-layout.ts';
import { arrangeIngressChain } from './firewall/ingress-chain.ts';
import type { FirewallLayout, FirewallLink, FirewallNetwork } from './firewall/firewall-layout.ts';
import { BridgeNetwork } from './network.ts';
import { parseBridgeOptions } from './options.ts';
import { connectivityError, publishPorts, unpublishPorts, type Firewalls } from './publish.ts';

export function createBridgeDriver(context: DriverContext): BridgeDriver {
  return new BridgeDriver(context);
}

export class BridgeDriver implements NetworkDriver, ExternalConnectivity {
  readonly type: string = 'bridge';
  readonly scope = 'local';
  readonly usesIpam = true;
  private readonly context: DriverContext;
  private readonly networks = new Map<string, BridgeNetwork>();
  private readonly firewalls: Firewalls;

  /** What the driver does when the daemon starts (configure). */
  constructor(context: DriverContext) {
    this.context = context;
    const { config, release, host } = context;
    const hairpin = !config.userlandProxy;
    const layout = (family: 4 | 6) =>
      createFirewallLayout(release, new Iptables(host.initNamespace, family), {
        hairpin,
        allowDirectRouting: config.allowDirectRouting,
      });
    this.firewalls = {
      ipv4: config.iptables ? layout(4) : null,
      ipv6: config.iptables && config.ip6tables && host.initNamespace.ipv6 !== null ? layout(6) : null,
    };
    // The daemon first looks what iptables can do, which brings the filter table up.
    if (config.iptables) new Iptables(host.initNamespace).run('-L', '-n');
    if (!isAtLeast(release, 28)) this.loadBridgeNetfilter();
    this.firewalls.ipv4?.setUpDaemon();
    this.firewalls.ipv6?.setUpDaemon();
    if (config.ipForward) this.setUpForwarding();
    this.firewalls.ipv4?.arrangeUserChain();
    this.firewalls.ipv6?.arrangeUserChain();
  }

  /** From release 28 internal networks whose bridge gets no address (moby#49261, moby#49262). */
  skipsGateway(info: NetworkInfo): boolean {
    const { release } = this.context;
    if (!info.internal || !isAtLeast(release, 28)) return false;
    const { inhibitIpv4, gatewayModeIpv4 } = parseBridgeOptions(info.id, info.driverOptions, release);
    return inhibitIpv4 || gatewayModeIpv4 === 'isolated';
  }

  createNetwork(info: NetworkInfo): void {
    const options = parseBridgeOptions(info.id, info.driverOptions, this.context.release);
    const network = new BridgeNetwork(this.context, info, options);
    try {
      for (const other of this.networks.values()) network.checkConflict(other);
    } catch (error) {
      network.remove();
      throw error;
    }
    this.networks.set(info.id, network);
    if (network.subnet6 !== null && this.context.config.ipForward) this.setUpIpv6Forwarding();
    this.eachFirewall(network, (firewall, firewallNetwork) => firewall.addNetwork(firewallNetwork));
    if (!network.options.icc || !this.context.config.userlandProxy) this.loadBridgeNetfilter();
    network.bringUp();
    if (this.firewalls.ipv4 !== null) {
      arrangeIngressChain(new Iptables(this.context.host.initNamespace), this.context.release);
    }
    this.firewalls.ipv4?.arrangeUserChain();
    this.firewalls.ipv6?.arrangeUserChain();
  }

  deleteNetwork(info: NetworkInfo): void {
    const network = this.networks.get(info.id);
    if (network === undefined) return;
    this.networks.delete(info.id);
    network.remove();
    this.eachFirewall(network, (firewall, firewallNetwork) => firewall.removeNetwork(firewallNetwork));
  }

  createEndpoint(info: NetworkInfo, endpointInfo: EndpointInfo): EndpointInterface {
    const network = this.networkOf(info);
    const endpoint = new BridgeEndpoint(this.context, network, endpointInfo);
    network.endpoints.set(endpointInfo.id, endpoint);
    this.eachAddress(network, endpoint, (firewall, ofFamily, address) =>
      firewall.addEndpoint(ofFamily, address),
    );
    return { mac: endpoint.mac };
  }

  deleteEndpoint(info: NetworkInfo, endpointInfo: EndpointInfo): void {
    const network = this.networkOf(info);
    const endpoint = network.endpoints.get(endpointInfo.id);
    if (endpoint === undefined) return;
    network.endpoints.delete(endpointInfo.id);
    endpoint.remove();
    this.eachAddress(network, endpoint, (firewall, ofFamily, address) =>
      firewall.removeEndpoint(ofFamily, address),
    );
  }

  join(info: NetworkInfo, endpointInfo: EndpointInfo): JoinInfo {
    const network = this.networkOf(info);
    const endpoint = network.endpoints.get(endpointInfo.id)!;
    return {
      device: endpoint.containerEnd,
      interfacePrefix: network.options.interfacePrefix,
      gateway: this.gateway4(network),
      gateway6: this.gateway6(network),
      staticRoutes: [],
    };
  }

  leave(): void {}

  programExternalConnectivity(info: NetworkInfo, endpointInfo: EndpointInfo): PortMapping[] {
    const network = this.networkOf(info);
    const endpoint = network.endpoints.get(endpointInfo.id)!;
    try {
      endpoint.portMappings = publishPorts(this.context, this.firewalls, network, endpoint);
    } catch (error) {
      throw connectivityError(endpointInfo.name, endpointInfo.id, error);
    }
    this.flushConntrack(endpoint);
    if (!network.options.icc) this.eachLink(network, endpoint, true);
    return endpoint.portMappings;
  }

  revokeExternalConnectivity(info: NetworkInfo, endpointInfo: EndpointInfo): void {
    const network = this.networkOf(info);
    const endpoint = network.endpoints.get(endpointInfo.id);
    if (endpoint === undefined) return;
    unpublishPorts(this.context, this.firewalls, network, endpoint.portMappings);
    endpoint.portMappings = [];
    this.flushConntrack(endpoint);
    if (!network.options.icc) this.eachLink(network, endpoint, false);
  }

  /**
   * The module is loaded when iptables is in use: up to release 27 with the daemon, later with the first network
   * whose traffic on the bridge must be seen, for icc=false or without the userland proxy (setup_bridgenetfiltering.go).
   * Loading sets bridge-nf-call-iptables to 1.
   */
  private loadBridgeNetfilter(): void {
    const { config, host } = this.context;
    if (!config.iptables || host.bridgeNetfilter.loaded) return;
    host.bridgeNetfilter.loaded = true;
    host.bridgeNetfilter.callIptables = 1;
    host.bridgeNetfilter.callIp6tables = 1;
    host.bridgeNetfilter.callArptables = 1;
  }

  /**
   * Forwarding is switched on, and FORWARD drops by default when it was Docker that switched it on. Up to release 27
   * that of IPv6 drops with the daemon, whoever switched it on (moby#48594).
   */
  private setUpForwarding(): void {
    const netns = this.context.host.initNamespace;
    if (netns.sysctl.ipForward !== 1) {
      netns.ipv4.setForwarding(1);
      if (this.firewalls.ipv4 !== null) this.dropByDefault(4);
    }
    if (!isAtLeast(this.context.release, 28) && this.firewalls.ipv6 !== null) this.dropByDefault(6);
  }

  private dropByDefault(family: 4 | 6): void {
    const { config, host } = this.context;
    if (!config.ipForwardNoDrop) new Iptables(host.initNamespace, family).run('-P', 'FORWARD', 'DROP');
  }

  private setUpIpv6Forwarding(): void {
    const netns = this.context.host.initNamespace;
    if (netns.ipv6 === null || netns.ipv6.confAll.forwarding !== 0) return;
    netns.ipv6.setForwarding(1);
    if (isAtLeast(this.context.release, 28) && this.firewalls.ipv6 !== null) this.dropByDefault(6);
  }

  /**
   * The containers' default gateway: `DefaultGatewayIPv4` of the auxiliary addresses, else the bridge's address.
   * Internal networks have none from release 25, so that connecting to elsewhere fails at once (moby#46603).
   */
  private gateway4(network: BridgeNetwork): number {
    const subnet = network.subnet4;
    if (subnet === null || network.options.inhibitIpv4) return 0;
    if (network.info.internal && isAtLeast(this.context.release, 25)) return 0;
    return (subnet.auxAddresses.get('DefaultGatewayIPv4') ?? subnet.gateway ?? 0) as number;
  }

  private gateway6(network: BridgeNetwork): JoinInfo['gateway6'] {
    const subnet = network.subnet6;
    if (subnet === null || network.info.internal) return null;
    const gateway = subnet.auxAddresses.get('DefaultGatewayIPv6') ?? subnet.gateway ?? 0;
    return typeof gateway === 'number' ? null : gateway;
  }

  /** Entries that name the container's address would keep traffic on old ways (clearConntrackEntries). */
  private flushConntrack(endpoint: BridgeEndpoint): void {
    const lease = endpoint.info.lease4;
    if (lease === null) return;
    const udpPorts = endpoint.portMappings
      .filter(({ protocol }) => protocol === 'udp')
      .map(({ hostPort }) => hostPort);
    flushConntrackOf(this.context.host.initNamespace, lease.address as number, udpPorts);
  }

  private eachLink(network: BridgeNetwork, endpoint: BridgeEndpoint, add: boolean): void {
    const firewall = this.firewalls.ipv4;
    const firewallNetwork = network.firewallNetwork(4);
    if (firewall === null || firewallNetwork === null || endpoint.address4 === null) return;
    for (const peer of endpoint.info.linkedPeers) {
      const link: FirewallLink = {
        parent: endpoint.address4,
        child: formatIpv4(peer.address),
        ports: peer.ports,
      };
      if (add) firewall.addLink(firewallNetwork, link);
      else firewall.removeLink(firewallNetwork, link);
    }
  }

  private eachAddress(
    network: BridgeNetwork,
    endpoint: BridgeEndpoint,
    action: (firewall: FirewallLayout, ofFamily: FirewallNetwork, address: string) => void,
  ): void {
    const { address4, address6 } = endpoint;
    const { ipv4, ipv6 } = this.firewalls;
    const [ofIpv4, ofIpv6] = [network.firewallNetwork(4), network.firewallNetwork(6)];
    if (ipv4 !== null && ofIpv4 !== null && address4 !== null) action(ipv4, ofIpv4, `${address4}/32`);
    if (ipv6 !== null && ofIpv6 !== null && address6 !== null) action(ipv6, ofIpv6, `${address6}/128`);
  }

  private eachFirewall(
    network: BridgeNetwork,
    action: (firewall: FirewallLayout, firewallNetwork: FirewallNetwork) => void,
  ): void {
    const ipv4 = network.firewallNetwork(4);
    const ipv6 = network.firewallNetwork(6);
    if (this.firewalls.ipv4 !== null && ipv4 !== null) action(this.firewalls.ipv4, ipv4);
    if (this.firewalls.ipv6 !== null && ipv6 !== null) action(this.firewalls.ipv6, ipv6);
  }

  private networkOf(info: NetworkInfo): BridgeNetwork {
    const network = this.networks.get(info.id);
    if (network === undefined) throw new Error(`bridge: no network ${info.id}`);
    return network;
  }
}
