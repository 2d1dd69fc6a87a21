import { Bridge } from '../../core/device/bridge/bridge.ts';
import { Veth } from '../../core/device/veth.ts';
import { formatCidr, networkAddress } from '../../protocols/ipv4-address.ts';
import type { Ipv4Prefix } from '../../protocols/ipv4-address.ts';
import type { ExternalConnectivity, JoinInfo, NetworkDriver } from '../driver.ts';
import type { Engine } from '../engine/engine.ts';
import type { Endpoint } from '../engine/endpoint.ts';
import { newVethName, randomBridgeMac, randomMac } from '../engine/identifiers.ts';
import type { Network } from '../engine/network.ts';
import { DockerError } from '../docker-error.ts';
import { isAtLeast } from '../engine-release.ts';
import { bridgeOptions, type BridgeOptions } from './bridge-options.ts';
import { BridgePorts } from './bridge-ports.ts';
import type { FirewallNetwork } from './firewall/firewall-layout.ts';

/** What the driver keeps of a network. */
export interface BridgeState {
  readonly options: BridgeOptions;
  readonly bridge: Bridge;
  /** The bridge device was there before the network: it stays when the network goes. */
  readonly bridgeExisted: boolean;
  readonly firewall: FirewallNetwork;
}

/** The bridge driver (libnetwork/drivers/bridge): one bridge device a network, a veth pair an endpoint. */
export class BridgeDriver implements NetworkDriver, ExternalConnectivity {
  readonly name = 'bridge';
  readonly scope = 'local' as const;
  private readonly engine: Engine;
  private readonly ports: BridgePorts;

  constructor(engine: Engine) {
    this.engine = engine;
    this.ports = new BridgePorts(engine);
  }

  createNetwork(network: Network): void {
    const options = bridgeOptions(network);
    const netns = this.engine.host.initNamespace;
    const subnet = this.subnetOf(network);
    this.checkConflicts(network, subnet);
    const existing = netns.device(options.bridgeName);
    if (existing !== undefined && !(existing instanceof Bridge)) {
      throw new DockerError('invalid', `bridge: device ${options.bridgeName} exists and is not a bridge`);
    }
    const bridge = existing ?? this.makeBridge(options.bridgeName);
    const firewall: FirewallNetwork = {
      bridgeName: options.bridgeName,
      subnet: formatCidr({ address: networkAddress(subnet), length: subnet.length }),
      internal: network.internal,
      icc: options.enableIcc,
      masquerade: options.enableIpMasquerade,
      hostIpv4: options.hostIpv4,
    };
    const state: BridgeState = { options, bridge, bridgeExisted: existing !== undefined, firewall };
    network.driverState = state;
    this.addGatewayAddress(network, state, subnet);
    if (options.mtu !== 0 && isAtLeast(this.engine.release, 28)) this.setMtu(bridge, options.mtu);
    bridge.ipv4.routeLocalnet = this.engine.userlandProxy ? 0 : 1;
    netns.ipv4.setUp(bridge);
    this.engine.firewall.addNetwork(firewall);
  }

  deleteNetwork(network: Network): void {
    const { bridge, bridgeExisted, firewall } = stateOf(network);
    this.engine.firewall.removeNetwork(firewall);
    if (!bridgeExisted && network.name !== 'bridge') bridge.netns.destroyDevice(bridge);
  }

  createEndpoint(network: Network, endpoint: Endpoint): void {
    const { bridge, options } = stateOf(network);
    const host = this.engine.host;
    const netns = host.initNamespace;
    const random = this.engine.random;
    const [inner, outer] = Veth.pair(
      host,
      { name: newVethName(random), netns, mac: endpoint.mac ?? randomMac(random) },
      { name: newVethName(random), netns, mac: randomMac(random) },
    );
    // The peer is registered first, so the container's end has the lower index.
    netns.addDevice(inner);
    netns.addDevice(outer);
    inner.linkIfindex = outer.ifindex;
    outer.linkIfindex = inner.ifindex;
    if (options.mtu !== 0) {
      inner.mtu = options.mtu;
      outer.mtu = options.mtu;
    }
    const port = bridge.addPort(outer);
    port.hairpinMode = !this.engine.userlandProxy;
    netns.ipv4.setUp(outer);
    endpoint.device = inner;
    endpoint.hostDevice = outer;
  }

  join(network: Network, endpoint: Endpoint): JoinInfo {
    const { options } = stateOf(network);
    if (endpoint.device === null)
      throw new DockerError('internal', `endpoint ${endpoint.name} has no interface`);
    // An internal network has a gateway all the same up to release 20.10 (see the recordings).
    const gateway = network.internal && isAtLeast(this.engine.release, 23) ? null : this.gatewayOf(network);
    return { device: endpoint.device, interfacePrefix: options.interfacePrefix, gateway };
  }

  leave(_network: Network, _endpoint: Endpoint): void {}

  deleteEndpoint(_network: Network, endpoint: Endpoint): void {
    const outer = endpoint.hostDevice;
    if (outer === null) return;
    const { bridge } = stateOf(endpoint.network);
    bridge.removePort(outer);
    outer.netns.destroyDevice(outer);
    endpoint.device = null;
    endpoint.hostDevice = null;
  }

  programExternalConnectivity(network: Network, endpoint: Endpoint): void {
    if (network.internal) return;
    this.ports.open(stateOf(network), endpoint);
  }

  revokeExternalConnectivity(network: Network, endpoint: Endpoint): void {
    this.ports.close(stateOf(network), endpoint);
  }

  private subnetOf(network: Network): Ipv4Prefix {
    const subnet = network.ipam?.subnetsOf(4)[0];
    if (subnet === undefined) throw new DockerError('invalid', 'ipv4 pool is empty');
    return subnet.pool.subnet as Ipv4Prefix;
  }

  private gatewayOf(network: Network): number | null {
    const subnet = network.ipam?.subnetsOf(4)[0];
    if (subnet === undefined) return null;
    const own = subnet.auxAddresses.get('DefaultGatewayIPv4');
    return typeof own === 'number' ? own : (subnet.gateway as number);
  }

  private makeBridge(name: string): Bridge {
    const host = this.engine.host;
    const random = this.engine.random;
    const mac = isAtLeast(this.engine.release, 28) ? randomMac(random) : randomBridgeMac(random);
    const bridge = new Bridge(name, host, host.initNamespace, mac, true);
    host.initNamespace.addDevice(bridge);
    return bridge;
  }

  private addGatewayAddress(network: Network, state: BridgeState, subnet: Ipv4Prefix): void {
    if (state.options.inhibitIpv4) return;
    const gateway = network.ipam!.subnetsOf(4)[0]!.gateway as number;
    const { bridge } = state;
    if (bridge.ipv4.addresses.some((address) => address.local === gateway)) return;
    const broadcast =
      (networkAddress(subnet) | (subnet.length === 0 ? 0xffffffff : (1 << (32 - subnet.length)) - 1)) >>> 0;
    bridge.netns.ipv4.addAddress(bridge, gateway, subnet.length, { broadcast });
  }

  private setMtu(bridge: Bridge, mtu: number): void {
    bridge.mtu = mtu;
    bridge.mtuIsFixed = true;
  }

  private checkConflicts(network: Network, subnet: Ipv4Prefix): void {
    for (const other of this.engine.networks()) {
      if (other === network || other.driver !== network.driver || other.driverState === null) continue;
      const theirs = other.ipam?.subnetsOf(4)[0]?.pool.subnet as Ipv4Prefix | undefined;
      if (theirs === undefined || !overlaps(theirs, subnet)) continue;
      throw new DockerError(
        'forbidden',
        `cannot create network ${network.id} (${stateOf(network).options.bridgeName}): conflicts with network ` +
          `${other.id} (${stateOf(other).options.bridgeName}): networks have overlapping IPv4`,
      );
    }
  }
}

/** The driver's state of one of its networks. */
export function stateOf(network: Network): BridgeState {
  return network.driverState as BridgeState;
}

function overlaps(a: Ipv4Prefix, b: Ipv4Prefix): boolean {
  const length = Math.min(a.length, b.length);
  return networkAddress({ address: a.address, length }) === networkAddress({ address: b.address, length });
}
