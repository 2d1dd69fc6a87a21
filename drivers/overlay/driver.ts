/**
 * The overlay driver (libnetwork drivers/overlay): networks over VXLAN between the nodes of a swarm. It makes what is
 * on this node; where endpoints of other nodes are it learns from the swarm node, its agent.
 * Not modelled: IPv6 on overlays, and underlays with IPv6 (from release 28).
 */
import { DockerError } from '../docker-error.ts';
import type {
  DriverContext,
  EndpointInfo,
  EndpointInterface,
  JoinInfo,
  NetworkDriver,
  NetworkInfo,
} from '../driver.ts';
import { Iptables } from '../iptables.ts';
import { writeSysctl } from '../sysctl.ts';
import type { OverlayAgent, OverlayPeer } from './agent.ts';
import { OverlayEncryption } from './encryption.ts';
import { EncryptionRules } from './encryption-rules.ts';
import { OverlayEndpoint } from './endpoint.ts';
import type { IpsecKey } from './ipsec-key.ts';
import { OverlayNetwork } from './network.ts';
import { parseOverlayOptions } from './options.ts';

/** Room for the neighbours of large networks (ostweaks_linux.go). */
const NEIGHBOUR_LIMITS: readonly [string, string][] = [
  ['net/ipv4/neigh/default/gc_thresh1', '8192'],
  ['net/ipv4/neigh/default/gc_thresh2', '49152'],
  ['net/ipv4/neigh/default/gc_thresh3', '65536'],
];

export function createOverlayDriver(context: DriverContext): OverlayDriver {
  return new OverlayDriver(context);
}

export class OverlayDriver implements NetworkDriver {
  readonly type: string = 'overlay';
  readonly scope = 'global';
  readonly usesIpam = true;
  private readonly context: DriverContext;
  private readonly networks = new Map<string, OverlayNetwork>();
  private readonly rules: EncryptionRules;
  private agent: OverlayAgent | null = null;
  private encryption: OverlayEncryption | null = null;

  constructor(context: DriverContext) {
    this.context = context;
    this.rules = new EncryptionRules(new Iptables(context.host.initNamespace), context.release);
  }

  /** The host has become a node of a swarm (DiscoverNew), or, with null, is none any more. */
  setAgent(agent: OverlayAgent | null): void {
    this.agent = agent;
    const netns = this.context.host.initNamespace;
    this.encryption = agent === null ? null : new OverlayEncryption(netns, agent, this.context.release);
    if (agent !== null) for (const [key, value] of NEIGHBOUR_LIMITS) writeSysctl(netns, key, value);
  }

  createNetwork(info: NetworkInfo): void {
    const options = parseOverlayOptions(info.driverOptions, this.context.release);
    this.networks.set(info.id, new OverlayNetwork(this.context, info, options, this.rules));
  }

  deleteNetwork(info: NetworkInfo): void {
    const network = this.networks.get(info.id);
    if (network === undefined) return;
    this.networks.delete(info.id);
    network.remove();
    for (const peer of network.peers.values()) this.releaseNode(peer.vtep);
    if (!network.options.encrypted) return;
    for (const vni of network.options.vnis) this.rules.remove(vni, this.port);
  }

  createEndpoint(info: NetworkInfo, endpointInfo: EndpointInfo): EndpointInterface {
    const network = this.networkOf(info);
    if (endpointInfo.lease4 === null) {
      throw new DockerError('internal', 'create endpoint was not passed interface IP address');
    }
    this.agentOrFail().endpointCreated(info, endpointInfo);
    const endpoint = new OverlayEndpoint(this.context, endpointInfo, network.mtu);
    network.endpoints.set(endpointInfo.id, endpoint);
    return { mac: endpoint.mac };
  }

  deleteEndpoint(info: NetworkInfo, endpointInfo: EndpointInfo): void {
    const { endpoints } = this.networkOf(info);
    endpoints.get(endpointInfo.id)?.remove();
    if (endpoints.delete(endpointInfo.id)) this.agent?.endpointDeleted(info, endpointInfo.id);
  }

  join(info: NetworkInfo, endpointInfo: EndpointInfo): JoinInfo {
    const agent = this.agentOrFail();
    const network = this.networkOf(info);
    const endpoint = network.endpoints.get(endpointInfo.id)!;
    const wasActive = network.isActive;
    network.join(agent, endpoint);
    if (!wasActive) for (const peer of network.peers.values()) this.encryptTo(network, peer);
    const { address, prefixLength } = endpointInfo.lease4!;
    const { mac } = endpoint;
    agent.publish(info.id, {
      endpointId: endpointInfo.id,
      address: address as number,
      prefixLength,
      mac,
      vtep: agent.dataPathAddress,
    });
    return {
      device: endpoint.containerEnd,
      interfacePrefix: 'eth',
      gateway: 0,
      gateway6: null,
      staticRoutes: [],
      wantsGatewayBridge: !info.internal,
    };
  }

  leave(info: NetworkInfo, endpointInfo: EndpointInfo): void {
    this.agent?.withdraw(info.id, endpointInfo.id);
    const network = this.networkOf(info);
    network.leave();
    if (!network.isActive) for (const peer of network.peers.values()) this.releaseNode(peer.vtep);
  }

  /** An endpoint on another node was heard of (EventNotify, peerAdd). */
  addPeer(networkId: string, peer: OverlayPeer): void {
    const network = this.networks.get(networkId);
    if (network === undefined || this.agent === null) return;
    network.addPeer(peer, this.port);
    if (network.isActive) this.encryptTo(network, peer);
  }

  removePeer(networkId: string, endpointId: string): void {
    const peer = this.networks.get(networkId)?.removePeer(endpointId);
    if (peer !== undefined && peer !== null) this.releaseNode(peer.vtep);
  }

  /** A new key, as every twelve hours (updateKeys). */
  rotateKeys(added: IpsecKey, primaryTag: number, prunedTag: number): void {
    this.encryption?.rotate(added, primaryTag, prunedTag);
  }

  private get port(): number {
    return this.agent?.dataPathPort ?? 4789;
  }

  /** checkEncryption: associations with the peer's node. */
  private encryptTo(network: OverlayNetwork, peer: OverlayPeer): void {
    if (network.options.encrypted) this.encryption?.addNode(peer.vtep);
  }

  /** The associations with a node go when no encrypted network in use here has endpoints there. */
  private releaseNode(vtep: number): void {
    const isNeeded = [...this.networks.values()].some(
      (network) =>
        network.options.encrypted &&
        network.isActive &&
        [...network.peers.values()].some((peer) => peer.vtep === vtep),
    );
    if (!isNeeded) this.encryption?.removeNode(vtep);
  }

  private agentOrFail(): OverlayAgent {
    if (this.agent === null) {
      throw new DockerError('internal', 'overlay networks need a swarm: this host is not a node of one');
    }
    return this.agent;
  }

  private networkOf(info: NetworkInfo): OverlayNetwork {
    const network = this.networks.get(info.id);
    if (network === undefined) throw new DockerError('internal', `could not find network with id ${info.id}`);
    return network;
  }
}
