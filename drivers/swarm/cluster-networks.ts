/**
 * The networks of a swarm (swarmkit manager/allocator/cnmallocator, manager/controlapi/network.go): ids, subnets from
 * the swarm's pools and VNIs, both given out serially.
 */
import { DockerError } from '../docker-error.ts';
import { NetworkIpam, type AddressLease } from '../ipam/network-ipam.ts';
import type { AddressSpace } from '../ipam/address-space.ts';
import { DEFAULT_NETWORK_SPEC } from '../network/network-manager.ts';
import type { NetworkSpec } from '../network/network.ts';
import { OVERLAY_LABEL } from '../overlay/options.ts';
import type { Cluster } from './cluster.ts';
import { isAlive } from './services/service.ts';

const FIRST_VNI = 4096;
const LAST_VNI = 2 ** 24 - 1;

/** A network as the managers know it. */
export interface ClusterNetwork {
  readonly id: string;
  /** With the VNIs among the driver's options. */
  readonly spec: NetworkSpec;
  readonly ipam: NetworkIpam;
  readonly vnis: readonly number[];
  readonly createdNs: number;
  /** Containers and services on it, by what `docker network rm` names them. */
  readonly users: Map<string, string>;
  /** The address of a node's load balancer, taken when it is first asked for. */
  loadBalancerLease(nodeId: string): AddressLease;
  releaseLoadBalancer(nodeId: string): void;
}

export class ClusterNetworks {
  private readonly cluster: Cluster;
  private readonly space: AddressSpace;
  private readonly networks = new Map<string, ClusterNetwork>();
  private readonly usedVnis = new Set<number>();
  private nextVni = FIRST_VNI;

  constructor(cluster: Cluster, space: AddressSpace) {
    this.cluster = cluster;
    this.space = space;
  }

  /** The network that published ports come in by, made with the swarm. */
  createIngress(): ClusterNetwork {
    return this.create({
      ...DEFAULT_NETWORK_SPEC,
      name: 'ingress',
      driver: 'overlay',
      ingress: true,
      ipamOptions: null,
    });
  }

  create(spec: NetworkSpec): ClusterNetwork {
    if (this.findByName(spec.name) !== undefined) {
      throw new DockerError(
        'conflict',
        `rpc error: code = AlreadyExists desc = network ${spec.name} already exists`,
      );
    }
    if (spec.ingress && this.ingress !== undefined) {
      throw new DockerError(
        'conflict',
        `rpc error: code = AlreadyExists desc = ingress network (${this.ingress.id}) is already present`,
      );
    }
    const id = this.cluster.drawId();
    const configs = spec.ipam.length === 0 ? [{}] : spec.ipam;
    const ipam = new NetworkIpam(this.space, configs, {
      networkName: spec.name,
      networkId: id,
      serial: true,
    });
    const vnis = this.takeVnis(spec.driverOptions.get(OVERLAY_LABEL.vxlanIds), ipam.subnetsOf(4).length);
    const driverOptions = new Map(spec.driverOptions).set(OVERLAY_LABEL.vxlanIds, vnis.join(','));
    const leases = new Map<string, AddressLease>();
    const network: ClusterNetwork = {
      id,
      spec: { ...spec, driverOptions, ipamOptions: spec.ipamOptions?.size === 0 ? null : spec.ipamOptions },
      ipam,
      vnis,
      createdNs: this.cluster.sim.nowNs,
      users: new Map(),
      loadBalancerLease: (nodeId) => {
        const lease = leases.get(nodeId) ?? ipam.requestAddress(4)!;
        leases.set(nodeId, lease);
        return lease;
      },
      releaseLoadBalancer: (nodeId) => {
        const lease = leases.get(nodeId);
        if (leases.delete(nodeId)) ipam.releaseAddress(lease!);
      },
    };
    this.networks.set(id, network);
    return network;
  }

  /** Docker's error while something is on it. */
  remove(network: ClusterNetwork): void {
    if (network.spec.ingress) this.checkIngressUnused();
    const user = [...network.users.values()].find((each) => this.isInUse(each));
    if (user !== undefined) {
      throw new DockerError(
        'internal',
        `rpc error: code = FailedPrecondition desc = network ${network.id} is in use by ${user}`,
      );
    }
    this.networks.delete(network.id);
    for (const vni of network.vnis) this.usedVnis.delete(vni);
    network.ipam.release();
  }

  /** The network that published ports come in by; undefined after it was removed. */
  get ingress(): ClusterNetwork | undefined {
    return this.list().find(({ spec }) => spec.ingress);
  }

  /** A task that is to stop keeps no network alive. */
  private isInUse(user: string): boolean {
    const task = this.cluster.services.tasks.get(user.replace(/^task /, ''));
    return task === undefined || isAlive(task);
  }

  private checkIngressUnused(): void {
    const user = this.cluster.services
      .list()
      .find(({ ports }) => ports.some(({ publishMode }) => publishMode === 'ingress'));
    if (user === undefined) return;
    throw new DockerError(
      'internal',
      `rpc error: code = FailedPrecondition desc = ingress network cannot be removed because service ${user.id} depends on it`,
    );
  }

  get(id: string): ClusterNetwork | undefined {
    return this.networks.get(id);
  }

  find(term: string): ClusterNetwork | undefined {
    return this.networks.get(term) ?? this.findByName(term) ?? this.findByPrefix(term);
  }

  list(): ClusterNetwork[] {
    return [...this.networks.values()];
  }

  private findByName(name: string): ClusterNetwork | undefined {
    return this.list().find(({ spec }) => spec.name === name);
  }

  private findByPrefix(prefix: string): ClusterNetwork | undefined {
    const matching = this.list().filter(({ id }) => prefix !== '' && id.startsWith(prefix));
    return matching.length === 1 ? matching[0] : undefined;
  }

  /** Those that the user names (`-o com.docker.network.driver.overlay.vxlanid_list`), the rest in turn. */
  private takeVnis(named: string | undefined, count: number): number[] {
    const vnis = (named ?? '')
      .split(',')
      .filter((text) => text !== '')
      .map(Number);
    for (const vni of vnis) this.takeVni(vni);
    while (vnis.length < count) vnis.push(this.drawVni());
    return vnis;
  }

  private takeVni(vni: number): void {
    if (!Number.isInteger(vni) || vni < 0 || vni > LAST_VNI) {
      throw new DockerError('invalid', `invalid vxlan id value "${vni}" passed`);
    }
    if (this.usedVnis.has(vni)) {
      throw new DockerError(
        'internal',
        `could not allocate vxlan id ${vni}: requested bit is already allocated`,
      );
    }
    this.usedVnis.add(vni);
  }

  private drawVni(): number {
    while (this.usedVnis.has(this.nextVni)) this.nextVni++;
    if (this.nextVni > LAST_VNI) throw new DockerError('internal', 'no bit available');
    this.usedVnis.add(this.nextVni);
    return this.nextVni++;
  }
}
