/** One overlay network on one node (libnetwork drivers/overlay/ov_network.go, joinleave.go, peerdb.go). */
import { DockerError } from '../docker-error.ts';
import type { DriverContext, NetworkInfo } from '../driver.ts';
import type { AddressLease, IpamSubnet } from '../ipam/network-ipam.ts';
import type { OverlayAgent, OverlayPeer } from './agent.ts';
import type { EncryptionRules } from './encryption-rules.ts';
import type { OverlayEndpoint } from './endpoint.ts';
import { overlayMtu, type OverlayOptions } from './options.ts';
import { OverlaySandbox } from './sandbox.ts';

export class OverlayNetwork {
  readonly info: NetworkInfo;
  readonly options: OverlayOptions;
  /** Of the containers' interfaces. */
  readonly mtu: number;
  readonly endpoints = new Map<string, OverlayEndpoint>();
  /** Endpoints on other nodes, known whether or not the namespace is there. */
  readonly peers = new Map<string, OverlayPeer>();
  private readonly context: DriverContext;
  private readonly rules: EncryptionRules;
  private sandbox: OverlaySandbox | null = null;
  /** Namespaces that the network has had here. */
  private epoch = 0;
  private joined = 0;

  constructor(context: DriverContext, info: NetworkInfo, options: OverlayOptions, rules: EncryptionRules) {
    this.context = context;
    this.rules = rules;
    this.info = info;
    this.options = options;
    this.mtu = overlayMtu(options);
    const count = this.subnets.length;
    if (count > options.vnis.length) {
      throw new DockerError(
        'invalid',
        `insufficient vnis(${options.vnis.length}) passed to overlay. ${count} subnets present`,
      );
    }
  }

  get subnets(): IpamSubnet[] {
    return this.info.ipam?.subnetsOf(4) ?? [];
  }

  vniOf(subnet: IpamSubnet): number {
    return this.options.vnis[this.subnets.indexOf(subnet)]!;
  }

  subnetOf(address: number): IpamSubnet | undefined {
    return this.subnets.find(({ pool }) => pool.contains(address));
  }

  /** The namespace is there: a local endpoint has joined. */
  get isActive(): boolean {
    return this.sandbox !== null;
  }

  /** joinSandbox: the first endpoint brings the namespace, and with it the entries of peers known so far. */
  join(agent: OverlayAgent, endpoint: OverlayEndpoint): void {
    const { lease4 } = endpoint.info;
    const subnet = this.subnetOfLease(lease4);
    this.joined++;
    const isNew = this.sandbox === null;
    const sandbox = (this.sandbox ??= new OverlaySandbox(this.context, this.info.id, ++this.epoch, this.mtu));
    this.ensureSubnet(sandbox, subnet, agent.dataPathPort);
    if (isNew) for (const peer of this.peers.values()) this.programPeer(peer, agent.dataPathPort);
    sandbox.takePort(subnet, endpoint.createPair());
  }

  /** leaveSandbox: the last endpoint takes the namespace with it. */
  leave(): void {
    this.joined--;
    if (this.joined > 0) return;
    this.sandbox?.destroy();
    this.sandbox = null;
  }

  addPeer(peer: OverlayPeer, port: number): void {
    this.peers.set(peer.endpointId, peer);
    this.programPeer(peer, port);
  }

  /** The peer that was there, or null. An entry that a second endpoint with the same address put there stays. */
  removePeer(endpointId: string): OverlayPeer | null {
    const peer = this.peers.get(endpointId);
    if (peer === undefined) return null;
    this.peers.delete(endpointId);
    const subnet = this.subnetOf(peer.address);
    const other = [...this.peers.values()].find(({ address }) => address === peer.address);
    if (subnet === undefined || this.sandbox === null) return peer;
    this.sandbox.removePeer(subnet, peer);
    if (other !== undefined) this.sandbox.addPeer(subnet, other);
    return peer;
  }

  remove(): void {
    for (const endpoint of this.endpoints.values()) endpoint.remove();
    this.sandbox?.destroy();
    this.sandbox = null;
  }

  private programPeer(peer: OverlayPeer, port: number): void {
    const { sandbox } = this;
    const subnet = this.subnetOf(peer.address);
    if (sandbox === null || subnet === undefined) return;
    this.ensureSubnet(sandbox, subnet, port);
    sandbox.addPeer(subnet, peer);
  }

  /** initSubnetSandbox: the rules come before the devices, so that at no time a clear packet passes. */
  private ensureSubnet(sandbox: OverlaySandbox, subnet: IpamSubnet, port: number): void {
    if (sandbox.hasSubnet(subnet)) return;
    const vni = this.vniOf(subnet);
    if (this.options.encrypted) this.rules.add(vni, port);
    sandbox.addSubnet({ subnet, vni }, port);
  }

  private subnetOfLease(lease: AddressLease | null): IpamSubnet {
    const subnet = lease === null ? undefined : this.subnetOf(lease.address as number);
    if (subnet === undefined) {
      throw new DockerError('internal', `could not find subnet for endpoint of network ${this.info.id}`);
    }
    return subnet;
  }
}
