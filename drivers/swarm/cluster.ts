/**
 * A swarm: what its managers know together (swarmkit's raft store). Managers share it at once; raft elections, and
 * what a minority of managers cannot do, are not modelled. Nodes get to it by messages that cross the links: see
 * manager-server.ts and node-session.ts.
 */
import type { RandomStream } from '../../core/sim/random-streams.ts';
import type { Simulator } from '../../core/sim/simulator.ts';
import type { EngineRelease } from '../engine-release.ts';
import { AddressSpace } from '../ipam/address-space.ts';
import type { PredefinedPool } from '../ipam/predefined-pools.ts';
import { ClusterNetworks } from './cluster-networks.ts';
import { IpsecKeyring } from './ipsec-keyring.ts';
import { ClusterServices } from './services/cluster-services.ts';
import { drawCaDigest, drawJoinToken, drawSwarmId } from './swarm-id.ts';
import type { SwarmNode } from './swarm-node.ts';

export type NodeRole = 'manager' | 'worker';
export type NodeAvailability = 'active' | 'pause' | 'drain';

/** A node as the managers know it. */
export interface ClusterMember {
  readonly id: string;
  readonly hostname: string;
  /** Address that the others reach it by (`--advertise-addr`). */
  readonly address: number;
  readonly createdNs: number;
  readonly labels: Map<string, string>;
  role: NodeRole;
  availability: NodeAvailability;
  status: 'ready' | 'down';
  /** When the managers last heard of it. */
  lastHeartbeatNs: number;
  /** Null until it has started, and when it has left. */
  node: SwarmNode | null;
}

export interface ClusterOptions {
  readonly dataPathPort: number;
  readonly addressPools: readonly PredefinedPool[];
}

export class Cluster {
  readonly id: string;
  readonly createdNs: number;
  readonly dataPathPort: number;
  readonly sim: Simulator;
  readonly release: EngineRelease;
  readonly members = new Map<string, ClusterMember>();
  readonly networks: ClusterNetworks;
  readonly services: ClusterServices;
  readonly keys: IpsecKeyring;
  readonly addressPools: readonly PredefinedPool[];
  /** How often nodes are to be heard of (`--dispatcher-heartbeat`). */
  heartbeatNs = 5_000_000_000;
  workerToken: string;
  managerToken: string;
  private readonly caDigest: string;

  constructor(sim: Simulator, release: EngineRelease, options: ClusterOptions) {
    this.sim = sim;
    this.release = release;
    this.dataPathPort = options.dataPathPort;
    this.addressPools = options.addressPools;
    this.createdNs = sim.nowNs;
    this.id = drawSwarmId(this.random('ids'));
    this.caDigest = drawCaDigest(this.random('tokens'));
    this.workerToken = this.drawToken();
    this.managerToken = this.drawToken();
    const space =
      options.addressPools.length > 0
        ? new AddressSpace('global', release, options.addressPools)
        : new AddressSpace('global', release);
    this.networks = new ClusterNetworks(this, space);
    this.services = new ClusterServices(this);
    this.keys = new IpsecKeyring(this);
  }

  random(purpose: string): RandomStream {
    return this.sim.random.stream(`swarm:${purpose}`);
  }

  drawId(): string {
    return drawSwarmId(this.random('ids'));
  }

  /** A node that was admitted. */
  addMember(given: Pick<ClusterMember, 'hostname' | 'address' | 'role'>): ClusterMember {
    const member: ClusterMember = {
      ...given,
      id: this.drawId(),
      createdNs: this.sim.nowNs,
      labels: new Map(),
      availability: 'active',
      status: 'down',
      lastHeartbeatNs: this.sim.nowNs,
      node: null,
    };
    this.members.set(member.id, member);
    this.services.wake();
    return member;
  }

  /** A node is heard of, or no more. */
  setStatus(member: ClusterMember, status: ClusterMember['status']): void {
    if (member.status === status) return;
    member.status = status;
    this.services.wake();
  }

  /** `docker node rm`. */
  removeMember(member: ClusterMember): void {
    this.members.delete(member.id);
    this.services.wake();
  }

  /** `docker swarm join-token --rotate`. */
  rotateToken(role: NodeRole): void {
    if (role === 'worker') this.workerToken = this.drawToken();
    else this.managerToken = this.drawToken();
  }

  /** The role that a token admits to; null for a token that is not of this swarm, or no longer. */
  roleOfToken(token: string): NodeRole | null {
    if (token === this.workerToken) return 'worker';
    return token === this.managerToken ? 'manager' : null;
  }

  get managers(): ClusterMember[] {
    return [...this.members.values()].filter(({ role }) => role === 'manager');
  }

  /** The manager that leads: the longest-serving one that is up. */
  get leader(): ClusterMember | undefined {
    return this.managers.find(({ status }) => status === 'ready');
  }

  private drawToken(): string {
    return drawJoinToken(this.caDigest, this.random('tokens'));
  }
}
