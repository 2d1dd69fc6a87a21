/** The networks of an engine: making, finding, removing (daemon/network.go, libnetwork controller.go). */
import { isIpv4Prefix } from '../../protocols/ip-address.ts';
import { DockerError } from '../docker-error.ts';
import { adjustsIpam, checksGateway } from '../driver.ts';
import { isAtLeast } from '../engine-release.ts';
import type { Engine } from '../engine/engine.ts';
import type { SwarmMembership } from '../engine/swarm-membership.ts';
import { drawId } from '../identifiers.ts';
import { AddressSpace } from '../ipam/address-space.ts';
import { NetworkIpam, type IpamConfig } from '../ipam/network-ipam.ts';
import { LOCAL_POOLS, uniqueLocalPool } from '../ipam/predefined-pools.ts';
import { reservedPrefixes } from '../ipam/reserved-prefixes.ts';
import { hostNameservers, hostRoutes } from '../engine/host-facts.ts';
import { Network, isPredefinedName, type NetworkSpec } from './network.ts';

export const DEFAULT_NETWORK_SPEC: NetworkSpec = {
  name: '',
  driver: 'bridge',
  driverOptions: new Map(),
  ipam: [],
  ipamDriver: 'default',
  ipamOptions: new Map(),
  internal: false,
  enableIpv6: false,
  attachable: false,
  ingress: false,
  configOnly: false,
  configFrom: '',
  labels: new Map(),
};

const NAME_PATTERN = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

export class NetworkManager {
  readonly localSpace: AddressSpace;
  private readonly engine: Engine;
  private readonly networks = new Map<string, Network>();

  /** `previous`: that of the daemon before, whose address space is on the disk. */
  constructor(engine: Engine, previous?: NetworkManager) {
    this.engine = engine;
    const { defaultAddressPools } = engine.config;
    if (previous !== undefined) {
      this.localSpace = previous.localSpace;
      return;
    }
    const pools = defaultAddressPools.length > 0 ? defaultAddressPools : LOCAL_POOLS;
    const hasIpv6 = pools.some(({ base }) => !isIpv4Prefix(base));
    const all = isAtLeast(engine.release, 27) && !hasIpv6 ? [...pools, uniqueLocalPool(engine.id)] : pools;
    this.localSpace = new AddressSpace('local', engine.release, all);
  }

  /** `docker network create`. */
  create(spec: NetworkSpec): Network {
    if (isPredefinedName(spec.name)) {
      throw new DockerError('forbidden', `operation is not permitted on predefined ${spec.name} network `);
    }
    if (!NAME_PATTERN.test(spec.name)) {
      throw new DockerError(
        'invalid',
        `invalid name "${spec.name}": only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
      );
    }
    if (this.findByName(spec.name) !== undefined) {
      throw new DockerError('conflict', `network with name ${spec.name} already exists`);
    }
    const network = this.isForSwarm(spec)
      ? this.membership().createNetwork(spec)
      : this.make(this.withConfigFrom(spec));
    this.engine.events.record('network', 'create', network.id, {
      name: network.name,
      type: network.spec.driver,
    });
    return network;
  }

  /** Makes a network without the checks that are for users. */
  make(spec: NetworkSpec): Network {
    const driver = spec.configOnly ? null : this.engine.driver(spec.driver);
    const id = drawId(this.engine.random('network-ids'));
    const network = new Network(id, spec, driver, this.engine.host.nowNs());
    if (driver !== null) {
      if (driver.usesIpam) network.ipam = this.allocateIpam(network);
      try {
        driver.createNetwork(network);
      } catch (error) {
        network.ipam?.release();
        throw error;
      }
    }
    this.networks.set(id, network);
    return network;
  }

  /** Makes a network again that is on the disk; its addresses are given out already. */
  restore(old: Network): void {
    const network = new Network(
      old.id,
      old.spec,
      old.driver && this.engine.driver(old.spec.driver),
      old.createdNs,
    );
    network.ipam = old.ipam;
    network.driver?.createNetwork(network);
    this.networks.set(network.id, network);
  }

  /** `docker network rm`. */
  remove(name: string): Network {
    const network = this.get(name);
    if (network.isPredefined) {
      throw new DockerError('forbidden', `${network.name} is a pre-defined network and cannot be removed`);
    }
    if (network.scope !== 'swarm') this.checkUnused(network);
    this.destroy(network);
    return network;
  }

  /** Takes a network away without looking who uses it. */
  destroy(network: Network): void {
    if (network.scope === 'swarm') {
      this.membership().removeNetwork(network);
      return;
    }
    network.driver?.deleteNetwork(network);
    network.ipam?.release();
    this.networks.delete(network.id);
    this.engine.events.record('network', 'destroy', network.id, {
      name: network.name,
      type: network.spec.driver,
    });
  }

  /** Takes in a network that was made elsewhere in the swarm. */
  adopt(network: Network): void {
    network.driver!.createNetwork(network);
    this.networks.set(network.id, network);
  }

  /** Lets such a network go on this node; its addresses are the swarm's. */
  discard(network: Network): void {
    network.driver!.deleteNetwork(network);
    this.networks.delete(network.id);
  }

  /** The network for a container that names it. On a worker a swarm's network may be known only from now on. */
  getForContainer(term: string): Network {
    const local = this.find(term);
    if (local !== undefined && local.scope !== 'swarm') return local;
    return this.engine.swarm?.attachableNetwork(term) ?? local ?? this.get(term);
  }

  /** `docker network prune`: the names of what was removed. */
  prune(keep: (network: Network) => boolean = () => false): string[] {
    const unused = this.list().filter(
      (network) =>
        !network.isPredefined && network.scope === 'local' && network.endpoints.size === 0 && !keep(network),
    );
    for (const network of unused) this.destroy(network);
    return unused.map(({ name }) => name);
  }

  /** A network by id, name or the beginning of an id; Docker's error when there is none. */
  get(term: string): Network {
    const network = this.find(term);
    if (network === undefined) throw new DockerError('notFound', `network ${term} not found`);
    return network;
  }

  find(term: string): Network | undefined {
    const exact = this.networks.get(term) ?? this.findByName(term);
    if (exact !== undefined || term === '') return exact;
    const matching = this.list().filter(({ id }) => id.startsWith(term));
    if (matching.length > 1) {
      throw new DockerError(
        'invalid',
        `network ${term} is ambiguous (${matching.length} matches found based on ID prefix)`,
      );
    }
    return matching[0];
  }

  findByName(name: string): Network | undefined {
    return this.list().find((network) => network.name === name);
  }

  /** All networks, oldest first. */
  list(): Network[] {
    return [...this.networks.values()];
  }

  private isForSwarm({ configOnly, driver }: NetworkSpec): boolean {
    return !configOnly && this.engine.driver(driver).scope === 'global';
  }

  private membership(): SwarmMembership {
    const { swarm } = this.engine;
    if (swarm !== null) return swarm;
    throw new DockerError(
      'unavailable',
      'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
    );
  }

  /** From 28.1 the message names who is on the network (moby#49773). */
  private checkUnused(network: Network): void {
    if (network.endpoints.size === 0) return;
    const wrapped = 'error while removing network: ';
    if (!isAtLeast(this.engine.release, 28, 1)) {
      const text = `network ${network.name} id ${network.id} has active endpoints`;
      throw new DockerError('forbidden', wrapped + text);
    }
    const users = [...network.endpoints.values()].map(
      ({ name, id }) => `name:"${name}" id:"${id.slice(0, 12)}"`,
    );
    throw new DockerError(
      'forbidden',
      `${wrapped}network ${network.name} has active endpoints (${users.join(', ')})`,
    );
  }

  /** `--config-from`: options and addresses are those of the named configuration. */
  private withConfigFrom(spec: NetworkSpec): NetworkSpec {
    if (spec.configFrom === '') return spec;
    const source = this.find(spec.configFrom);
    if (source === undefined || !source.spec.configOnly) {
      throw new DockerError('invalid', `configuration network "${spec.configFrom}" does not exist`);
    }
    const { driverOptions, ipam, labels, internal, enableIpv6 } = source.spec;
    return {
      ...spec,
      driverOptions,
      ipam,
      internal,
      enableIpv6,
      labels: new Map([...labels, ...spec.labels]),
    };
  }

  private allocateIpam(network: Network): NetworkIpam {
    const { engine } = this;
    const { spec, driver } = network;
    let configs: readonly IpamConfig[] = adjustsIpam(driver!)
      ? driver.adjustIpam(spec.ipam, spec.driverOptions)
      : spec.ipam;
    if (!configs.some((config) => !isIpv6Config(config))) configs = [{}, ...configs];
    if (!spec.enableIpv6) configs = configs.filter((config) => !isIpv6Config(config));
    else if (!configs.some(isIpv6Config)) configs = [...configs, { ipv6: true }];
    const nameservers = hostNameservers(engine.host);
    return new NetworkIpam(this.localSpace, configs, {
      networkName: spec.name,
      networkId: network.id,
      reserved: reservedPrefixes(nameservers, hostRoutes(engine.host), engine.release),
      skipsGateway: checksGateway(driver!) && driver.skipsGateway(network),
    });
  }
}

function isIpv6Config(config: IpamConfig): boolean {
  if (config.subnet !== undefined) return typeof config.subnet.address !== 'number';
  return config.ipv6 === true;
}
