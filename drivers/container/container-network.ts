/** A container's network: built when it starts, changed while it runs, given back when it ends. */
import { parseIp } from '../../protocols/ip-address.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';
import { macHigh16, macLow32, parseMac } from '../../protocols/mac-address.ts';
import { DockerError } from '../docker-error.ts';
import { usesHostNamespace } from '../driver.ts';
import type { Engine } from '../engine/engine.ts';
import { hostResolvConf } from '../engine/host-facts.ts';
import { drawId } from '../identifiers.ts';
import { isAtLeast } from '../engine-release.ts';
import type { AddressLease, NetworkIpam } from '../ipam/network-ipam.ts';
import { macFromIpv4 } from '../mac-address.ts';
import { linkNames, type ExtraHost } from '../names/hosts-file.ts';
import { Endpoint, compareEndpoints, type EndpointConfig, type TaskAddress } from '../network/endpoint.ts';
import type { Network } from '../network/network.ts';
import { portRequests } from '../ports/port-request.ts';
import { Sandbox } from '../sandbox/sandbox.ts';
import { SandboxFiles } from '../sandbox/sandbox-files.ts';
import { endpointAliases, registeredNames } from './container-aliases.ts';
import type { Container, ContainerNetwork } from './container.ts';
import { linkHosts, linkedPeers, parseLink } from './links.ts';

/** Makes the container's sandbox and puts it on all its networks; on failure everything is given back. */
export function setUpNetwork(engine: Engine, container: Container): void {
  try {
    const created = createEndpoints(engine, container);
    container.sandbox = createSandbox(engine, container, created);
    container.sandbox.whileBuilding(() => {
      for (const endpoint of [...created].sort(compareEndpoints)) joinNetwork(container, endpoint);
    });
    updateLinkers(engine, container);
  } catch (error) {
    tearDownNetwork(engine, container);
    throw setUpError(engine, error);
  }
}

/** From release 28 networks are set up after the task is made, and their errors say so (moby#47406). */
function setUpError(engine: Engine, error: unknown): unknown {
  if (!(error instanceof DockerError) || !isAtLeast(engine.release, 28)) return error;
  return new DockerError(error.kind, `failed to set up container networking: ${error.message}`);
}

/** Gives everything back: interfaces, addresses, ports, names, and the namespace unless others are in it. */
export function tearDownNetwork(engine: Engine, container: Container): void {
  for (const attached of container.networks.values()) dropEndpoint(engine, container, attached);
  container.sandbox?.destroy();
  container.sandbox = null;
}

/** `docker network connect` on a running container. */
export function connectNow(
  engine: Engine,
  container: Container,
  network: Network,
  config: EndpointConfig,
): void {
  const attached = attach(container, network, config);
  try {
    attached.endpoint = createEndpoint(engine, container, network, attached);
    joinNetwork(container, attached.endpoint);
  } catch (error) {
    dropEndpoint(engine, container, attached);
    container.networks.delete(network.name);
    throw error;
  }
}

/** Takes a running container off one network. */
export function disconnectNow(engine: Engine, container: Container, attached: ContainerNetwork): void {
  dropEndpoint(engine, container, attached);
  container.networks.delete(attached.name);
}

/** Notes that a container is to be on a network. */
export function attach(container: Container, network: Network, config: EndpointConfig): ContainerNetwork {
  const attached = { name: network.name, networkId: network.id, config, endpoint: null };
  container.networks.set(network.name, attached);
  return attached;
}

function createEndpoints(engine: Engine, container: Container): Endpoint[] {
  return [...container.networks.entries()].map(([key, attached]) => {
    const term = attached.networkId === '' ? attached.name : attached.networkId;
    const isTask = attached.config.task !== undefined;
    const network = isTask ? engine.networks.get(term) : engine.networks.getForContainer(term);
    attached.networkId = network.id;
    if (key !== network.name) renameAttachment(container, key, network.name, attached);
    attached.endpoint = createEndpoint(engine, container, network, attached);
    return attached.endpoint;
  });
}

/** A network that was named by its id is known by its name from the first start. */
function renameAttachment(container: Container, key: string, name: string, attached: ContainerNetwork): void {
  container.networks.delete(key);
  container.networks.set(name, Object.assign(attached, { name }));
}

function createEndpoint(
  engine: Engine,
  container: Container,
  network: Network,
  attached: ContainerNetwork,
): Endpoint {
  const { config } = attached;
  const mac = requestedMac(container, network, config);
  const leases = takeLeases(engine, network, config, mac);
  const endpoint = new Endpoint(network, {
    id: drawId(engine.random('endpoint-ids')),
    containerId: container.id,
    name: container.name,
    ...leases,
    requestedMac: mac,
    driverOptions: config.driverOptions,
    portRequests: portRequests(
      container.hostConfig.portBindings,
      container.exposedPorts,
      container.hostConfig.publishAllPorts,
    ),
    linkedPeers: network.name === 'bridge' ? linkedPeers(container) : [],
    linkAliases: linkAliases(config),
    gatewayPriority: isAtLeast(engine.release, 28) ? config.gatewayPriority : 0,
    ...(config.task !== undefined && { taskId: config.task.id }),
  });
  try {
    endpoint.mac = network.driver!.createEndpoint(network, endpoint).mac;
  } catch (error) {
    if (config.task === undefined) releaseLeases(network, leases);
    throw error;
  }
  return endpoint;
}

interface Leases {
  lease4: AddressLease | null;
  lease6: AddressLease | null;
}

function takeLeases(
  engine: Engine,
  network: Network,
  config: EndpointConfig,
  mac: Uint8Array | null,
): Leases {
  const { ipam } = network;
  if (ipam === null) return { lease4: null, lease6: null };
  if (config.task !== undefined) return { lease4: taskLease(network, config.task), lease6: null };
  const wanted4 = network.isPredefined || config.ipv4 === '' ? null : parseIp(config.ipv4);
  let wanted6 = network.isPredefined || config.ipv6 === '' ? null : parseIp(config.ipv6);
  for (const wanted of [wanted4, wanted6]) if (wanted !== null) ipam.checkPreferredAddress(wanted);
  const lease4 = ipam.requestAddress(4, wanted4);
  if (network.name === 'bridge') wanted6 = addressFromMac(engine, ipam, lease4, mac);
  try {
    return { lease4, lease6: network.enableIpv6 ? ipam.requestAddress(6, wanted6) : null };
  } catch (error) {
    releaseLeases(network, { lease4, lease6: null });
    throw error;
  }
}

/** What the managers of a swarm gave to a task is theirs to take back. */
function taskLease(network: Network, { address, prefixLength }: TaskAddress): AddressLease | null {
  const subnet = network.ipam!.subnetsOf(4).find(({ pool }) => pool.contains(address));
  return subnet === undefined ? null : { address, prefixLength, pool: subnet.pool };
}

/**
 * On the default bridge a container's IPv6 address is made of its MAC when fixed-cidr-v6 leaves 48 bits for it (the
 * deferred allocation of daemon_unix.go initBridgeDriver, up to release 27); null where the allocator chooses.
 */
function addressFromMac(
  engine: Engine,
  ipam: NetworkIpam,
  lease4: AddressLease | null,
  requested: Uint8Array | null,
): Ipv6Address | null {
  const subnet = ipam.subnetsOf(6)[0]?.pool.subnet;
  if (subnet === undefined || subnet.length > 80 || isAtLeast(engine.release, 28)) return null;
  const mac = requested ?? (lease4 === null ? null : macFromIpv4(lease4.address as number));
  if (mac === null) return null;
  const { w0, w1, w2 } = subnet.address as Ipv6Address;
  return new Ipv6Address(w0, w1, (w2 & 0xffff0000) | macHigh16(mac, 0), macLow32(mac, 0));
}

function releaseLeases(network: Network, { lease4, lease6 }: Leases): void {
  for (const lease of [lease4, lease6]) if (lease !== null) network.ipam?.releaseAddress(lease);
}

/** `--mac-address` belongs to the network that the container was started on. */
function requestedMac(container: Container, network: Network, config: EndpointConfig): Uint8Array | null {
  if (config.macAddress !== '') return parseMac(config.macAddress);
  const { macAddress } = container.config;
  return macAddress !== '' && isPrimary(container, network) ? parseMac(macAddress) : null;
}

function isPrimary(container: Container, network: Network): boolean {
  const { networkMode } = container.hostConfig;
  if (network.name === 'bridge') return networkMode === 'default' || networkMode === 'bridge';
  return networkMode === network.name || network.id.startsWith(networkMode);
}

function linkAliases(config: EndpointConfig): Map<string, string> {
  return new Map(
    config.links.map((link) => {
      const { name, alias } = parseLink(link);
      return [alias, name];
    }),
  );
}

function joinNetwork(container: Container, endpoint: Endpoint): void {
  const { network } = endpoint;
  const config = container.networks.get(network.name)!.config;
  container.sandbox!.join(endpoint);
  // A task's names come with the service's, once it runs.
  if (!network.hasResolver || config.task !== undefined) return;
  const names = registeredNames(container, endpointAliases(container, network, config));
  network.names.set(endpoint.id, { names, addresses: endpoint.addresses });
}

function dropEndpoint(_engine: Engine, container: Container, attached: ContainerNetwork): void {
  const { endpoint } = attached;
  if (endpoint === null) return;
  const { network } = endpoint;
  attached.endpoint = null;
  container.sandbox?.leave(endpoint);
  network.driver!.deleteEndpoint(network, endpoint);
  network.endpoints.delete(endpoint.id);
  if (attached.config.task === undefined) releaseLeases(network, endpoint);
}

function createSandbox(engine: Engine, container: Container, endpoints: readonly Endpoint[]): Sandbox {
  const usesHost = endpoints.some(({ network }) => usesHostNamespace(network.driver!));
  const { hostConfig, config, fileSystem } = container;
  const hostFiles = engine.host.fileSystem;
  const files = new SandboxFiles({
    release: engine.release,
    fileSystem,
    hostname: container.hostname,
    domainname: config.domainname,
    extraHosts: [...extraHosts(engine, hostConfig.extraHosts), ...linkHosts(container)],
    dns: {
      nameservers: hostConfig.dns.length > 0 ? hostConfig.dns : engine.config.dns,
      search: hostConfig.dnsSearch.length > 0 ? hostConfig.dnsSearch : engine.config.dnsSearch,
      options: hostConfig.dnsOptions.length > 0 ? hostConfig.dnsOptions : engine.config.dnsOptions,
    },
    hostResolvConf: hostResolvConf(engine.host),
    hostHosts: usesHost ? (hostFiles.readText('/etc/hosts') ?? '') : null,
    copiesResolvConf: usesHost,
    hasIpv6: endpoints.some(({ lease6 }) => lease6 !== null),
    kernelHasIpv6: engine.host.initNamespace.ipv6 !== null,
  });
  return new Sandbox(engine, { id: drawId(engine.random('sandbox-ids')), files, usesHost });
}

/** `--add-host name:address`; `host-gateway` is the address of the default bridge. */
function extraHosts(engine: Engine, entries: readonly string[]): ExtraHost[] {
  return entries.map((entry) => {
    const colon = entry.indexOf(':');
    const names = entry.slice(0, colon);
    const address = entry.slice(colon + 1);
    if (address !== 'host-gateway') return { names, address: parseIp(address) };
    const gateway = engine.networks.findByName('bridge')?.ipam?.subnetsOf(4)[0]?.gateway;
    if (gateway === undefined || gateway === null) {
      throw new DockerError('invalid', `unable to derive the IP value for host-gateway`);
    }
    return { names, address: gateway };
  });
}

/** Those linked to a container learn its address anew each time it starts. */
function updateLinkers(engine: Engine, container: Container): void {
  const address = container.endpointOn('bridge')?.lease4?.address;
  if (address === undefined) return;
  for (const other of engine.containers.list()) {
    if (!other.isRunning) continue;
    for (const [alias, child] of other.links) {
      if (child !== container) continue;
      const names = linkNames(alias, child.hostname, child.name);
      other.sandbox?.files.setLinkedAddress(names, address);
    }
  }
}
