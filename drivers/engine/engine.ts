import type { Host } from '../../core/host/host.ts';
import type { RandomStream } from '../../core/sim/random-streams.ts';
import { RTN_UNICAST, RT_TABLE_MAIN } from '../../core/namespace/ipv4-route.ts';
import { parseCidr, parseIpv4 } from '../../protocols/ipv4-address.ts';
import { isIpv4Prefix, parseIp } from '../../protocols/ip-address.ts';
import { BridgeDriver } from '../bridge/bridge-driver.ts';
import { ClassicFirewall } from '../bridge/firewall/classic-firewall.ts';
import type { FirewallLayout } from '../bridge/firewall/firewall-layout.ts';
import { NoFirewall } from '../bridge/firewall/no-firewall.ts';
import { DockerError } from '../docker-error.ts';
import { findDriver } from '../driver.ts';
import { parseEngineRelease, type EngineRelease } from '../engine-release.ts';
import { HostDriver } from '../host/host-driver.ts';
import { AddressSpace } from '../ipam/address-space.ts';
import { NetworkIpam, type IpamConfig } from '../ipam/network-ipam.ts';
import { reservedPrefixes } from '../ipam/reserved-prefixes.ts';
import { parseResolvConf } from '../names/resolv-conf.ts';
import { NoneDriver } from '../none/none-driver.ts';
import { PortAllocator } from '../ports/port-allocator.ts';
import type { Container } from './container.ts';
import { Containers } from './containers.ts';
import type { DaemonConfig } from './daemon-config.ts';
import { newId } from './identifiers.ts';
import { ipamConfigTexts } from './ipam-text.ts';
import { Iptables } from './iptables.ts';
import { Network } from './network.ts';
import type { NetworkCreateOptions } from './network-options.ts';

const engines = new WeakMap<Host, Engine>();

/** The Docker daemon of a machine, or undefined when it has none. */
export function engineOf(host: Host): Engine | undefined {
  return engines.get(host);
}

const PREDEFINED = new Set(['bridge', 'host', 'none']);

/**
 * dockerd on one machine: networks, containers and what they share. It configures the machine's kernel through the
 * primitives of core/ and iptables text; it never sees a packet.
 */
export class Engine {
  readonly host: Host;
  readonly release: EngineRelease;
  readonly config: DaemonConfig;
  readonly random: RandomStream;
  readonly firewall: FirewallLayout;
  readonly ports: PortAllocator;
  readonly containers: Containers;
  readonly localSpace: AddressSpace;
  private readonly byId = new Map<string, Network>();
  private readonly drivers = new Map<string, Network['driver']>();

  constructor(host: Host, release: string, config: DaemonConfig) {
    this.host = host;
    this.release = parseEngineRelease(release);
    this.config = config;
    this.random = host.sim.random.stream(`${host.name}/dockerd`);
    this.localSpace = new AddressSpace('local', this.release, config['default-address-pools'] as never);
    this.ports = new PortAllocator(host.initNamespace);
    this.firewall =
      config.iptables === false
        ? new NoFirewall()
        : new ClassicFirewall(new Iptables(host.initNamespace), !this.userlandProxy);
    this.containers = new Containers(this);
    for (const driver of [new BridgeDriver(this), new HostDriver(), new NoneDriver()]) {
      this.drivers.set(driver.name, driver);
    }
    engines.set(host, this);
  }

  get userlandProxy(): boolean {
    return this.config['userland-proxy'] ?? true;
  }

  /** What dockerd does when it starts: kernel switches, chains, the predefined networks. */
  start(): void {
    const { host, config } = this;
    if (config.iptables !== false) {
      host.bridgeNetfilter.loaded = true;
      host.bridgeNetfilter.callIptables = 1;
      host.bridgeNetfilter.callIp6tables = 1;
      host.bridgeNetfilter.callArptables = 1;
    }
    const netns = host.initNamespace;
    const turnsForwardingOn = config['ip-forward'] !== false && netns.sysctl.ipForward === 0;
    if (turnsForwardingOn) netns.ipv4.setForwarding(1);
    this.firewall.daemonStart(turnsForwardingOn);
    this.addNetwork({ name: 'none', driver: 'null' });
    this.addNetwork({ name: 'host', driver: 'host' });
    if (config.bridge !== 'none') this.createDefaultBridge();
  }

  // ---- networks ----

  /** All networks, in the order they were made. */
  networks(): Network[] {
    return [...this.byId.values()];
  }

  /** A network by id, name or unambiguous id prefix; throws "network X not found". */
  network(reference: string): Network {
    const found = this.findNetwork(reference);
    if (found === undefined) throw new DockerError('notFound', `network ${reference} not found`);
    return found;
  }

  findNetwork(reference: string): Network | undefined {
    const all = this.networks();
    const exact = this.byId.get(reference) ?? all.find((network) => network.name === reference);
    if (exact !== undefined || reference === '') return exact;
    const byPrefix = all.filter((network) => network.id.startsWith(reference));
    return byPrefix.length === 1 ? byPrefix[0] : undefined;
  }

  /** `docker network create`. */
  createNetwork(options: NetworkCreateOptions): Network {
    if (PREDEFINED.has(options.name)) {
      throw new DockerError('forbidden', `operation is not permitted on predefined ${options.name} network `);
    }
    if (this.networks().some((network) => network.name === options.name)) {
      throw new DockerError('conflict', `network with name ${options.name} already exists`);
    }
    return this.addNetwork(options);
  }

  /** `docker network rm`. */
  removeNetwork(reference: string): Network {
    const network = this.network(reference);
    if (PREDEFINED.has(network.name)) {
      throw new DockerError('forbidden', `${network.name} is a pre-defined network and cannot be removed`);
    }
    if (network.endpoints.length > 0) {
      const reason = `network ${network.name} id ${network.id} has active endpoints`;
      throw new DockerError('forbidden', `error while removing network: ${reason}`);
    }
    this.dropNetwork(network);
    return network;
  }

  /** Takes a network away without asking whether it may go. */
  dropNetwork(network: Network): void {
    network.driver.deleteNetwork(network);
    network.ipam?.release();
    this.byId.delete(network.id);
  }

  /** The driver of that name; throws Docker's error when no plugin has it. */
  driver(name: string): Network['driver'] {
    let driver = this.drivers.get(name);
    if (driver !== undefined) return driver;
    const factory = findDriver(name);
    if (factory === undefined) {
      throw new DockerError('notFound', `plugin "${name}" not found`);
    }
    driver = factory(this);
    this.drivers.set(name, driver);
    return driver;
  }

  /** Makes a network, whatever its name: the predefined ones and the daemon's own come this way. */
  addNetwork(options: NetworkCreateOptions): Network {
    const driver = this.driver(options.driver);
    const id = options.id ?? newId(this.random);
    const ipam = driver.noAddresses === true ? null : this.ipamFor(options, id);
    const texts = ipam === null ? [] : ipamConfigTexts(ipam, options);
    const network = new Network(id, driver, options, ipam, texts, this.host.sim.nowNs);
    try {
      driver.createNetwork(network);
    } catch (error) {
      ipam?.release();
      throw error;
    }
    this.byId.set(id, network);
    return network;
  }

  private ipamFor(options: NetworkCreateOptions, id: string): NetworkIpam {
    const configs: readonly IpamConfig[] =
      options.ipam !== undefined && options.ipam.length > 0 ? options.ipam : [{}];
    const hasIpv4 = configs.some((config) => config.subnet === undefined || isIpv4Prefix(config.subnet));
    return new NetworkIpam(this.localSpace, hasIpv4 ? configs : [{}, ...configs], {
      networkName: options.name,
      networkId: id,
      reserved: this.reserved(),
    });
  }

  /** What the machine's own name servers and routes rule out. */
  private reserved(): ReturnType<typeof reservedPrefixes> {
    const conf = parseResolvConf(this.host.fileSystem.readText('/etc/resolv.conf') ?? '');
    const nameservers = conf.nameservers.filter((text) => !text.includes(':')).map((text) => parseIp(text));
    const routes = this.host.initNamespace.ipv4.fib
      .table(RT_TABLE_MAIN)
      .routes()
      .filter((route) => route.type === RTN_UNICAST)
      .map((route) => ({
        destination: { address: route.destination, length: route.prefixLength },
        onLink: route.gateway === 0,
      }));
    return reservedPrefixes(nameservers, routes, this.release);
  }

  /** docker0 and the network `bridge`, as daemon.json says. */
  private createDefaultBridge(): void {
    const { config } = this;
    const bip = config.bip !== undefined && isIpv4Prefix(config.bip) ? config.bip : undefined;
    const range = config['fixed-cidr'] === undefined ? undefined : parseCidr(config['fixed-cidr']);
    const aux = config['default-gateway'];
    const ipam: IpamConfig = {
      ...(bip !== undefined && { subnet: bip, gateway: bip.address }),
      ...(range !== undefined && { ipRange: range, ...(bip === undefined && { subnet: range }) }),
      ...(aux !== undefined && { auxAddresses: new Map([['DefaultGatewayIPv4', parseIpv4(aux)]]) }),
    };
    const prefix = 'com.docker.network.';
    this.addNetwork({
      name: 'bridge',
      driver: 'bridge',
      ipam: [ipam],
      options: new Map([
        [`${prefix}bridge.default_bridge`, 'true'],
        [`${prefix}bridge.enable_icc`, String(config.icc ?? true)],
        [`${prefix}bridge.enable_ip_masquerade`, String(config['ip-masq'] ?? true)],
        [`${prefix}bridge.host_binding_ipv4`, config.ip ?? '0.0.0.0'],
        [`${prefix}bridge.name`, config.bridge ?? 'docker0'],
        [`${prefix}driver.mtu`, String(config.mtu ?? 1500)],
      ]),
    });
  }

  /** The container of that name or id; throws "No such container". */
  container(reference: string): Container {
    return this.containers.get(reference);
  }
}
