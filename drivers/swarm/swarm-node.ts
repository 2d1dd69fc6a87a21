/**
 * A host as a node of a swarm (dockerd daemon/cluster, libnetwork agent.go): its overlay driver's agent, its place in
 * the gossip, its networks. A manager knows every network, a worker those that its containers are on.
 */
import { formatIpv4 } from '../../protocols/ipv4-address.ts';
import { formatMac, parseMac } from '../../protocols/mac-address.ts';
import { DockerError } from '../docker-error.ts';
import type { EndpointInfo, NetworkInfo } from '../driver.ts';
import type { Engine } from '../engine/engine.ts';
import type { SwarmMembership } from '../engine/swarm-membership.ts';
import { Network, type NetworkSpec } from '../network/network.ts';
import type { OverlayAgent, OverlayPeer } from '../overlay/agent.ts';
import { OverlayDriver } from '../overlay/driver.ts';
import type { IpsecKey } from '../overlay/ipsec-key.ts';
import { TaskWorker } from './agent/task-worker.ts';
import type { Cluster, ClusterMember } from './cluster.ts';
import type { ClusterNetwork } from './cluster-networks.ts';
import { startDaemonThread } from './daemon-thread.ts';
import { Gossip } from './gossip.ts';
import { LoadBalancer } from './load-balancer.ts';
import { ManagerServer } from './manager-server.ts';
import { NodeSession } from './node-session.ts';
import { ServiceBindings, isServiceEndpoint } from './service-bindings.ts';
import { localAddress } from './swarm-addresses.ts';
import { SwarmNameTable } from './swarm-name-table.ts';

const WORKER_CANNOT =
  "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. Please run this command on a manager node or promote the current node to a manager.";

/** How a peer travels: a row of overlay_peer_table. */
interface PeerRow {
  readonly address: number;
  readonly prefixLength: number;
  readonly mac: string;
  readonly vtep: number;
}

/** A network's share of this node. */
interface NodeNetwork {
  /** Endpoints of containers, by id. */
  readonly endpoints: Set<string>;
  /** Those of them that are no tasks'. */
  readonly attached: Set<string>;
  loadBalancer: LoadBalancer | null;
}

export interface NodeAddresses {
  readonly advertise: number;
  readonly dataPath: number;
}

export class SwarmNode implements OverlayAgent, SwarmMembership {
  readonly cluster: Cluster;
  readonly member: ClusterMember;
  readonly engine: Engine;
  readonly gossip: Gossip;
  readonly advertiseAddress: number;
  readonly bindAddress: number;
  readonly dataPathAddress: number;
  private readonly networks = new Map<string, NodeNetwork>();
  private server: ManagerServer | null = null;
  readonly session: NodeSession;
  readonly tasks: TaskWorker;
  readonly services: ServiceBindings;

  constructor(engine: Engine, cluster: Cluster, member: ClusterMember, addresses: NodeAddresses) {
    this.engine = engine;
    this.cluster = cluster;
    this.member = member;
    this.advertiseAddress = addresses.advertise;
    this.bindAddress = localAddress(engine, addresses.advertise);
    this.dataPathAddress = addresses.dataPath;
    member.node = this;
    engine.swarm = this;
    this.overlay?.setAgent(this);
    this.gossip = new Gossip(engine, engine.random('gossip-names').hex(12), addresses.advertise);
    this.services = new ServiceBindings(this);
    this.tasks = new TaskWorker(this);
    this.listenToGossip();
    this.session = new NodeSession(this);
    if (this.isManager) this.becomeManager();
    this.attachIngress();
    const others = cluster.managers.filter((other) => other !== member);
    this.gossip.start(others.map(({ address }) => address));
    this.session.start();
  }

  get nodeId(): string {
    return this.member.id;
  }

  get isManager(): boolean {
    return this.member.role === 'manager';
  }

  get dataPathPort(): number {
    return this.cluster.dataPathPort;
  }

  get ipsecKeys(): readonly IpsecKey[] {
    return this.cluster.keys.keys;
  }

  /** Managers may be asked; the leader needs nobody. */
  get hasManager(): boolean {
    return this.cluster.leader === this.member || this.session.isUp;
  }

  /** Docker's error on a worker. */
  requireManager(): void {
    if (!this.isManager) throw new DockerError('unavailable', WORKER_CANNOT);
  }

  createNetwork(spec: NetworkSpec): Network {
    if (!this.isManager) {
      throw new DockerError(
        'forbidden',
        'Cannot create a multi-host network from a worker node. Please create the network from a manager node.',
      );
    }
    const made = this.cluster.networks.create(spec);
    for (const { node } of this.cluster.managers) node?.ensureNetwork(made);
    if (made.spec.ingress) for (const { node } of this.cluster.members.values()) node?.attachIngress();
    return this.ensureNetwork(made);
  }

  removeNetwork(network: Network): void {
    this.requireManager();
    const known = this.cluster.networks.get(network.id);
    if (known === undefined) throw new DockerError('notFound', `network ${network.name} not found`);
    this.cluster.networks.remove(known);
    for (const { node } of this.cluster.members.values()) node?.dropNetwork(known.id);
  }

  attachableNetwork(term: string): Network | null {
    if (!this.hasManager) {
      throw new DockerError(
        'internal',
        'attaching to network failed, make sure your network options are correct and check manager logs: context deadline exceeded',
      );
    }
    const known = this.cluster.networks.find(term);
    if (known === undefined) throw attachError(term, 'NotFound', `network ${term} not found`);
    if (!known.spec.attachable) {
      const { name } = known.spec;
      throw attachError(name, 'PermissionDenied', `network ${name} not manually attachable`);
    }
    return this.ensureNetwork(known);
  }

  /** The network on this node, made known when it is not. */
  ensureNetwork(known: ClusterNetwork): Network {
    const { engine } = this;
    const existing = engine.networks.list().find(({ id }) => id === known.id);
    if (existing !== undefined) return existing;
    const names = new SwarmNameTable(known.spec.name, known.id, this.gossip.db);
    const network = new Network(
      known.id,
      known.spec,
      engine.driver(known.spec.driver),
      known.createdNs,
      names,
    );
    network.ipam = known.ipam;
    engine.networks.adopt(network);
    for (const { key, value } of this.gossip.db.entries('overlay_peer_table', known.id)) {
      this.overlay?.addPeer(known.id, peerOf(key, value));
    }
    for (const { key, value } of this.gossip.db.entries('endpoint_table', known.id)) {
      if (!isServiceEndpoint(value)) names.setRemote(key, value);
    }
    return network;
  }

  /** The network's load balancer here; null while the node has no endpoint on it. */
  loadBalancer(networkId: string): LoadBalancer | null {
    return this.networks.get(networkId)?.loadBalancer ?? null;
  }

  /** Nodes that are on a network, as `docker network inspect` shows them; none when this one is not. */
  peersOf(networkId: string): { name: string; address: string }[] {
    if (this.loadBalancer(networkId) === null) return [];
    const own = { name: this.gossip.db.node, address: formatIpv4(this.advertiseAddress) };
    const others = this.gossip.db
      .entries('network_attachments', networkId)
      .map(({ node, value }) => ({ name: node, address: value as string }));
    return [own, ...others].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Containers that a person put on networks of the swarm. */
  get attachedContainers(): number {
    return [...this.networks.values()].reduce((sum, { attached }) => sum + attached.size, 0);
  }

  endpointCreated(info: NetworkInfo, { id, taskId }: EndpointInfo): void {
    const known = this.cluster.networks.get(info.id);
    if (known === undefined) return;
    const here = this.networks.get(info.id);
    if (here?.endpoints.has(id) === true) return;
    const network = this.engine.networks.get(info.id);
    if (here === undefined) this.enterNetwork(known, network);
    const state = this.networks.get(info.id)!;
    // The load balancer's own endpoint is made while it is being made.
    if (state.loadBalancer === null) return;
    state.endpoints.add(id);
    if (taskId === undefined) state.attached.add(id);
    known.users.set(id, `task ${taskId ?? this.cluster.drawId()}`);
  }

  endpointDeleted(info: NetworkInfo, endpointId: string): void {
    const here = this.networks.get(info.id);
    if (here === undefined || !here.endpoints.delete(endpointId)) return;
    here.attached.delete(endpointId);
    this.services.withdraw(endpointId);
    const known = this.cluster.networks.get(info.id);
    known?.users.delete(endpointId);
    if (here.endpoints.size > 0 || known?.spec.ingress === true) return;
    this.leaveNetwork(info.id);
    this.forgetNetwork(info.id);
    // A manager goes on showing it, as one that it has never been on.
    if (this.isManager && known !== undefined) this.ensureNetwork(known);
  }

  publish(networkId: string, peer: OverlayPeer): void {
    const { address, prefixLength, mac, vtep } = peer;
    const row: PeerRow = { address, prefixLength, mac: formatMac(mac), vtep };
    this.gossip.db.set('overlay_peer_table', networkId, peer.endpointId, row);
  }

  withdraw(networkId: string, endpointId: string): void {
    this.gossip.db.set('overlay_peer_table', networkId, endpointId, null);
  }

  rotateKeys(added: IpsecKey, primaryTag: number, prunedTag: number): void {
    this.overlay?.rotateKeys(added, primaryTag, prunedTag);
  }

  /** The role was changed by another manager. */
  roleChanged(): void {
    if (this.isManager) this.becomeManager();
    else {
      this.server?.stop();
      this.server = null;
    }
  }

  whenReady(action: () => void): void {
    const { session } = this;
    const hasManager = () => this.hasManager;
    startDaemonThread(this.engine, function* (proc) {
      while (!hasManager()) yield* proc.wait(session.began);
      action();
      return 0;
    });
  }

  /** Nobody hears of it: the others find out by themselves. Addresses of this node's load balancers are free again. */
  powerLost(): void {
    this.tasks.halt();
    for (const id of [...this.networks.keys()]) this.leaveNetwork(id);
    this.session.stop();
    this.server?.stop();
    this.gossip.stop();
    this.engine.swarm = null;
    this.member.node = null;
  }

  resume(engine: Engine): void {
    new SwarmNode(engine, this.cluster, this.member, {
      advertise: this.advertiseAddress,
      dataPath: this.dataPathAddress,
    });
  }

  /** `docker swarm leave`: containers lose the swarm's networks. */
  leave(): void {
    this.tasks.stop();
    for (const id of [...this.networks.keys()]) this.dropNetwork(id);
    for (const { id } of this.cluster.networks.list()) this.forgetNetwork(id);
    this.session.stop();
    this.server?.stop();
    this.gossip.stop();
    this.overlay?.setAgent(null);
    this.engine.swarm = null;
    this.member.node = null;
    this.cluster.setStatus(this.member, 'down');
    if (this.cluster.managers.some(({ node }) => node !== null)) return;
    this.cluster.keys.stop();
    this.cluster.services.stop();
  }

  private get overlay(): OverlayDriver | null {
    const driver = this.engine.driver('overlay');
    return driver instanceof OverlayDriver ? driver : null;
  }

  private becomeManager(): void {
    this.server ??= new ManagerServer(this);
    for (const known of this.cluster.networks.list()) this.ensureNetwork(known);
  }

  /** Every node is on the ingress network from the start. */
  attachIngress(): void {
    for (const known of this.cluster.networks.list()) {
      if (known.spec.ingress && !this.networks.has(known.id))
        this.enterNetwork(known, this.ensureNetwork(known));
    }
  }

  private enterNetwork(known: ClusterNetwork, network: Network): void {
    const here: NodeNetwork = { endpoints: new Set(), attached: new Set(), loadBalancer: null };
    this.networks.set(known.id, here);
    network.createdNs = this.engine.host.nowNs();
    here.loadBalancer = new LoadBalancer(this.engine, network, known.loadBalancerLease(this.nodeId));
    const { db } = this.gossip;
    db.set('network_attachments', known.id, db.node, formatIpv4(this.advertiseAddress));
    this.services.enterNetwork(known.id);
  }

  private leaveNetwork(networkId: string): void {
    const here = this.networks.get(networkId);
    if (here === undefined) return;
    this.services.leaveNetwork(networkId);
    this.networks.delete(networkId);
    here.loadBalancer?.destroy();
    this.cluster.networks.get(networkId)?.releaseLoadBalancer(this.nodeId);
    this.gossip.db.set('network_attachments', networkId, this.gossip.db.node, null);
  }

  /** Takes the containers off a network and forgets it. */
  private dropNetwork(networkId: string): void {
    const network = this.engine.networks.list().find(({ id }) => id === networkId);
    if (network === undefined) return;
    for (const container of this.engine.containers.list()) {
      if (container.networks.has(network.name)) this.engine.containers.disconnect(container, network);
    }
    this.leaveNetwork(networkId);
    this.forgetNetwork(networkId);
  }

  private forgetNetwork(networkId: string): void {
    const network = this.engine.networks.list().find(({ id }) => id === networkId);
    if (network !== undefined) this.engine.networks.discard(network);
  }

  private listenToGossip(): void {
    const { db } = this.gossip;
    db.listen('overlay_peer_table', {
      added: (network, key, value) => this.overlay?.addPeer(network, peerOf(key, value)),
      removed: (network, key) => this.overlay?.removePeer(network, key),
    });
    db.listen('endpoint_table', {
      added: (network, key, value) => this.nameAdded(network, key, value),
      removed: (network, key, value) => this.nameRemoved(network, key, value),
      changed: (network, key, before, value) => this.nameChanged(network, key, before, value),
    });
  }

  private nameAdded(network: string, key: string, value: unknown): void {
    if (isServiceEndpoint(value)) this.services.add(network, key, value);
    else this.namesOf(network)?.setRemote(key, value);
  }

  private nameRemoved(network: string, key: string, value: unknown): void {
    if (isServiceEndpoint(value)) this.services.remove(network, key, value);
    else this.namesOf(network)?.deleteRemote(key);
  }

  private nameChanged(network: string, key: string, before: unknown, value: unknown): void {
    if (isServiceEndpoint(value) && value.isDisabled) {
      this.services.disable(network, key, value);
      return;
    }
    this.nameRemoved(network, key, before);
    this.nameAdded(network, key, value);
  }

  /** The names on a network; null when this node does not know it. */
  namesOf(networkId: string): SwarmNameTable | null {
    const names = this.engine.networks.list().find(({ id }) => id === networkId)?.names;
    return names instanceof SwarmNameTable ? names : null;
  }
}

function peerOf(endpointId: string, value: unknown): OverlayPeer {
  const { address, prefixLength, mac, vtep } = value as PeerRow;
  return { endpointId, address, prefixLength, mac: parseMac(mac), vtep };
}

function attachError(term: string, code: string, text: string): DockerError {
  return new DockerError(
    'internal',
    `Could not attach to network ${term}: rpc error: code = ${code} desc = ${text}`,
  );
}
