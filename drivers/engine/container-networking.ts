import type { ProcessContext } from '../../core/host/process.ts';
import type { VirtualFileSystem } from '../../core/host/virtual-file-system.ts';
import { isIpv4Prefix } from '../../protocols/ip-address.ts';
import { formatIpv4 } from '../../protocols/ipv4-address.ts';
import { DockerError } from '../docker-error.ts';
import { findImage } from '../images/image-catalog.ts';
import { hostsFileText, linkNames, type ExtraHost } from '../names/hosts-file.ts';
import { defaultBridgeResolvConf, embeddedDnsResolvConf, type DnsOverrides } from '../names/resolv-conf.ts';
import { stopResolver, startResolver } from '../names/embedded-resolver.ts';
import type { Container } from './container.ts';
import type { ContainerConfig } from './container-config.ts';
import { Endpoint, type EndpointSettings } from './endpoint.ts';
import type { Engine } from './engine.ts';
import { macFromIpv4, newId, shortId } from './identifiers.ts';
import { linkEnvironment } from './link-environment.ts';
import type { Network } from './network.ts';
import { Sandbox } from './sandbox.ts';

/** Joins containers to networks (daemon/container_operations.go): sandboxes, endpoints, files, links. */
export class ContainerNetworking {
  private readonly engine: Engine;
  private readonly namespaceKeys = new Map<string, number>();

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** What `docker create` refuses about the network part of a configuration. */
  checkConfig(config: ContainerConfig): void {
    if (config.networkMode.startsWith('container:')) {
      if (config.hostname !== undefined) {
        throw new DockerError('invalid', 'conflicting options: hostname and the network mode');
      }
      if (config.links.length > 0) {
        throw new DockerError(
          'invalid',
          "conflicting options: container type network can't be used with links. This would result in undefined behavior",
        );
      }
      if (config.dns.length > 0)
        throw new DockerError('invalid', 'conflicting options: dns and the network mode');
      if (config.extraHosts.length > 0) {
        throw new DockerError(
          'invalid',
          'conflicting options: custom host-to-IP mapping and the network mode',
        );
      }
      if (config.ports.length > 0 || config.publishAll === true) {
        throw new DockerError(
          'invalid',
          'conflicting options: port publishing and the container type network mode',
        );
      }
      if (config.exposed.length > 0) {
        throw new DockerError(
          'invalid',
          'conflicting options: port exposing and the container type network mode',
        );
      }
      this.engine.container(config.networkMode.slice('container:'.length));
    }
  }

  /** Makes what a starting container's processes see. */
  attach(
    container: Container,
    fileSystem: VirtualFileSystem,
    uts: { hostname: string },
    userland: ProcessContext['userland'],
  ): ProcessContext {
    const mode = container.config.networkMode;
    if (mode.startsWith('container:'))
      return this.shareNamespace(container, mode.slice('container:'.length), userland);
    if (mode === 'host') return this.useHost(container, fileSystem, userland);
    const sandbox = this.createSandbox(fileSystem);
    container.sandbox = sandbox;
    const context: ProcessContext = { netns: sandbox.netns, fileSystem, uts, userland };
    fileSystem.writeText('/etc/hostname', `${container.hostname}\n`);
    const created = this.networksOf(container).map(([network, settings]) =>
      this.createEndpoint(network, container, settings),
    );
    for (const endpoint of created) sandbox.insert(endpoint);
    for (const endpoint of sandbox.endpoints.slice()) this.join(sandbox, endpoint);
    this.updateFiles(container);
    this.updateGateway(container, null);
    this.applyLinks(container);
    return context;
  }

  /** Takes a stopped container off its networks. Its namespace stays while another container shares it. */
  detach(container: Container): void {
    const sandbox = container.sandbox;
    container.sandbox = null;
    for (const endpoint of container.endpoints.values()) this.removeEndpoint(endpoint);
    container.endpoints.clear();
    if (sandbox === null || sandbox.netns === this.engine.host.initNamespace) return;
    stopResolver(sandbox);
    const shared = this.engine.containers
      .list()
      .some((other) => other !== container && other.isRunning && other.context?.netns === sandbox.netns);
    if (!shared) this.engine.host.destroyNamespace(sandbox.netns);
  }

  /** `docker network connect`. */
  connect(network: Network, container: Container, settings: EndpointSettings): void {
    if (container.config.networkMode.startsWith('container:')) {
      throw new DockerError(
        'forbidden',
        'container sharing network namespace with another container or host cannot be connected to any other network',
      );
    }
    if (container.config.networkMode === 'host' || network.name === 'host') {
      throw new DockerError(
        'forbidden',
        'container sharing network namespace with another container or host cannot be connected to any other network',
      );
    }
    const sandbox = container.sandbox;
    if (!container.isRunning || sandbox === null) {
      (container.config.networks as Map<string, EndpointSettings>).set(network.name, settings);
      return;
    }
    if (container.endpoints.has(network.id)) {
      throw new DockerError(
        'forbidden',
        `endpoint with name ${container.name} already exists in network ${network.name}`,
      );
    }
    const before = sandbox.gatewayEndpoint;
    const endpoint = this.createEndpoint(network, container, settings);
    sandbox.insert(endpoint);
    this.join(sandbox, endpoint);
    this.updateFiles(container);
    this.updateGateway(container, before);
  }

  /** `docker network disconnect`. */
  disconnect(network: Network, container: Container): void {
    const endpoint = container.endpoints.get(network.id);
    if (endpoint === undefined) {
      const configured = container.config.networks as Map<string, EndpointSettings>;
      if (!container.isRunning && configured.delete(network.name)) return;
      throw new DockerError(
        'notFound',
        `container ${container.id} is not connected to network ${network.name}`,
      );
    }
    const sandbox = container.sandbox!;
    const before = sandbox.gatewayEndpoint;
    sandbox.remove(endpoint);
    container.endpoints.delete(network.id);
    this.removeEndpoint(endpoint);
    this.updateFiles(container);
    this.updateGateway(container, before === endpoint ? null : before);
  }

  /** A sandbox: a namespace with loopback up and IPv6 off, and its key under /var/run/docker/netns. */
  createSandbox(fileSystem: VirtualFileSystem, key?: string): Sandbox {
    const id = newId(this.engine.random);
    const host = this.engine.host;
    const netns = host.createNamespace('');
    // A new namespace starts with init_net's settings for all and default (net.core.devconf_inherit_init_net 0).
    netns.ipv4.setForwarding(0);
    netns.ipv4.setUp(netns.loopback);
    return new Sandbox(id, key ?? shortId(id), host, netns, fileSystem);
  }

  /** Takes addresses and makes the interface; the endpoint is not in the sandbox yet. */
  createEndpoint(
    network: Network,
    container: Container | null,
    settings: EndpointSettings,
    name?: string,
  ): Endpoint {
    const endpoint = new Endpoint(
      newId(this.engine.random),
      network,
      container,
      name ?? container?.name ?? '',
      settings,
    );
    if (network.ipam !== null) {
      const preferred = network.name === 'bridge' ? undefined : settings.ipv4;
      if (preferred !== undefined) network.ipam.checkPreferredAddress(preferred);
      endpoint.lease4 = network.ipam.requestAddress(4, preferred ?? null);
    }
    try {
      if (network.driver.noMacAddress !== true && endpoint.address !== null) {
        endpoint.mac = settings.mac ?? container?.config.macAddress ?? macFromIpv4(endpoint.address);
      }
      network.driver.createEndpoint(network, endpoint);
    } catch (error) {
      if (endpoint.lease4 !== null) network.ipam!.releaseAddress(endpoint.lease4);
      throw error;
    }
    network.endpoints.push(endpoint);
    if (container !== null) container.endpoints.set(network.id, endpoint);
    this.registerNames(network, endpoint);
    return endpoint;
  }

  join(sandbox: Sandbox, endpoint: Endpoint): void {
    const info = endpoint.network.driver.join(endpoint.network, endpoint);
    endpoint.device = info.device;
    endpoint.gateway = info.gateway;
    endpoint.deviceDefaultRoute = info.deviceDefaultRoute ?? false;
    sandbox.populate(endpoint, info.interfacePrefix);
    if (endpoint.network.hasEmbeddedDns && endpoint.container !== null && sandbox.resolver === null) {
      startResolver(this.engine, sandbox, endpoint.container);
    }
  }

  /** Leaves the network and gives everything back. */
  removeEndpoint(endpoint: Endpoint): void {
    const { network } = endpoint;
    network.names.delete(endpoint.id);
    network.driver.revokeExternalConnectivity?.(network, endpoint);
    network.driver.leave(network, endpoint);
    network.driver.deleteEndpoint(network, endpoint);
    if (endpoint.lease4 !== null) network.ipam?.releaseAddress(endpoint.lease4);
    if (endpoint.lease6 !== null) network.ipam?.releaseAddress(endpoint.lease6);
    const index = network.endpoints.indexOf(endpoint);
    if (index >= 0) network.endpoints.splice(index, 1);
  }

  /** The networks a container is to join, by name order of its settings. */
  private networksOf(container: Container): [Network, EndpointSettings][] {
    const { config } = container;
    const names = new Map(config.networks);
    const mode = config.networkMode === 'default' ? 'bridge' : config.networkMode;
    if (!names.has(mode)) names.set(mode, {});
    return [...names].map(([name, settings]) => [this.engine.network(name), settings]);
  }

  private registerNames(network: Network, endpoint: Endpoint): void {
    const { container } = endpoint;
    if (!network.hasEmbeddedDns || container === null || endpoint.address === null) return;
    const aliases = endpoint.settings.aliases ?? [];
    network.names.set(endpoint.id, {
      names: [container.name, ...aliases, shortId(container.id)],
      addresses: [endpoint.address],
    });
  }

  /** The default route follows the gateway endpoint, and so do the published ports. */
  private updateGateway(container: Container, before: Endpoint | null): void {
    const sandbox = container.sandbox!;
    sandbox.updateGateway();
    const now = sandbox.gatewayEndpoint;
    if (now === before) return;
    if (before !== null) before.network.driver.revokeExternalConnectivity?.(before.network, before);
    if (now !== null) now.network.driver.programExternalConnectivity?.(now.network, now);
  }

  private shareNamespace(
    container: Container,
    owner: string,
    userland: ProcessContext['userland'],
  ): ProcessContext {
    const other = this.engine.container(owner);
    if (!other.isRunning || other.context === null) {
      throw new DockerError('conflict', `cannot join network of a non running container: ${other.id}`);
    }
    const { netns, fileSystem, uts } = other.context;
    void container;
    return { netns, fileSystem, uts, userland };
  }

  private useHost(
    container: Container,
    fileSystem: VirtualFileSystem,
    userland: ProcessContext['userland'],
  ): ProcessContext {
    const host = this.engine.host;
    for (const path of ['/etc/hosts', '/etc/resolv.conf', '/etc/hostname']) {
      fileSystem.writeText(path, host.fileSystem.readText(path) ?? '');
    }
    container.sandbox = new Sandbox(
      newId(this.engine.random),
      'default',
      host,
      host.initNamespace,
      fileSystem,
    );
    const uts = container.config.hostname === undefined ? host : { hostname: container.config.hostname };
    const endpoint = this.createEndpoint(this.engine.network('host'), container, {});
    container.sandbox.insert(endpoint);
    return { netns: host.initNamespace, fileSystem, uts, userland };
  }

  /** /etc/hosts and /etc/resolv.conf, written anew whenever the container's networks change. */
  private updateFiles(container: Container): void {
    const sandbox = container.sandbox!;
    const { config } = container;
    const addresses = sandbox.endpoints
      .filter((endpoint) => endpoint.network.name !== 'docker_gwbridge' && !endpoint.network.ingress)
      .map((endpoint) => endpoint.address)
      .filter((address): address is number => address !== null);
    sandbox.fileSystem.writeText(
      '/etc/hosts',
      hostsFileText({
        release: this.engine.release,
        hostname: container.hostname,
        ...(config.domainname !== undefined && { domainname: config.domainname }),
        extraHosts: [...config.extraHosts, ...this.linkHosts(container)],
        addresses,
      }),
    );
    const hasDns = sandbox.endpoints.some((endpoint) => endpoint.network.hasEmbeddedDns);
    const options = this.resolvConfOptions(container);
    sandbox.fileSystem.writeText(
      '/etc/resolv.conf',
      hasDns ? embeddedDnsResolvConf(options) : defaultBridgeResolvConf(options),
    );
  }

  /** What resolv.conf and the embedded DNS are made from. */
  resolvConfOptions(container: Container): {
    release: Engine['release'];
    hostText: string;
    overrides: DnsOverrides;
  } {
    const { config } = container;
    const daemon = this.engine.config;
    const pick = (own: readonly string[], daemons: readonly string[] | undefined) =>
      own.length > 0 ? own : (daemons ?? []);
    return {
      release: this.engine.release,
      hostText: this.engine.host.fileSystem.readText('/etc/resolv.conf') ?? '',
      overrides: {
        nameservers: pick(config.dns, daemon.dns),
        search: pick(config.dnsSearch, daemon['dns-search']),
        options: pick(config.dnsOptions, daemon['dns-opts']),
      },
    };
  }

  /** Hosts entries of legacy links. */
  private linkHosts(container: Container): ExtraHost[] {
    const hosts: ExtraHost[] = [];
    for (const { name, alias } of container.config.links) {
      const target = this.engine.container(name);
      const address = this.bridgeAddress(target);
      if (address === null) {
        throw new DockerError(
          'conflict',
          `Cannot link to a non running container: /${target.name} AS /${container.name}/${alias}`,
        );
      }
      hosts.push({ names: linkNames(alias, target.hostname, target.name), address });
    }
    return hosts;
  }

  /** Environment and firewall exceptions of legacy links. */
  private applyLinks(container: Container): void {
    container.linkEnvironment = new Map();
    const own = this.bridgeAddress(container);
    for (const { name, alias } of container.config.links) {
      const target = this.engine.container(name);
      const address = this.bridgeAddress(target);
      if (address === null || own === null) continue;
      const exposed = [...target.config.exposed, ...findImage(target.config.image).exposed];
      for (const [key, value] of linkEnvironment(container.name, alias, target, address, exposed)) {
        container.linkEnvironment.set(key, value);
      }
      const bridge = this.engine.network('bridge');
      if (bridge.option('com.docker.network.bridge.enable_icc') !== 'false') continue;
      const subnet = bridge.ipam!.subnetsOf(4)[0]!.pool.subnet;
      if (!isIpv4Prefix(subnet)) continue;
      const firewall = (bridge.driverState as { firewall: Parameters<Engine['firewall']['addLink']>[0] })
        .firewall;
      for (const { port, protocol } of exposed) {
        this.engine.firewall.addLink(firewall, formatIpv4(own), formatIpv4(address), port, protocol);
      }
    }
  }

  private bridgeAddress(container: Container): number | null {
    const bridge = this.engine.findNetwork('bridge');
    return bridge === undefined ? null : (container.endpoints.get(bridge.id)?.address ?? null);
  }
}
