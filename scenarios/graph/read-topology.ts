import { Nic } from '../../core/device/link/nic.ts';
import type { NetDevice } from '../../core/device/net-device.ts';
import type { Host } from '../../core/host/host.ts';
import { bridgeNameOf } from '../../drivers/bridge/options.ts';
import { isContainerMode } from '../../drivers/container/container-config.ts';
import type { Container } from '../../drivers/container/container.ts';
import type { Engine } from '../../drivers/engine/engine.ts';
import { engineOf } from '../../drivers/engine/engine-registry.ts';
import type { Endpoint } from '../../drivers/network/endpoint.ts';
import type { Network } from '../../drivers/network/network.ts';
import { formatIp, formatIpPrefix } from '../../protocols/ip-address.ts';
import { formatIpv4 } from '../../protocols/ipv4-address.ts';
import type { Scenario } from '../load/scenario.ts';
import type { World } from '../run/world.ts';
import { linkQuality } from './link-quality.ts';
import type {
  Topology,
  TopologyContainer,
  TopologyHost,
  TopologyInterface,
  TopologyLink,
  TopologyNetwork,
} from './topology.ts';

/** Networks that Docker makes by itself; they say nothing while no container is on them. */
const PREDEFINED = ['bridge', 'host', 'none', 'docker_gwbridge', 'ingress'];

/** What is there in a world: machines, links, networks, running containers. */
export function readTopology(world: World, scenario: Scenario): Topology {
  const engines = [...world.hosts.values()].map(engineOf).filter((engine) => engine !== null);
  const containers = engines.flatMap((engine) =>
    engine.containers
      .list()
      .filter(({ isRunning }) => isRunning)
      .map((container) => readContainer(engine.host, container)),
  );
  return {
    name: scenario.name,
    hosts: [...world.hosts.values()].map(readHost),
    links: Object.entries(scenario.links).map(([name, link]): TopologyLink => ({
      name,
      kind: link.kind,
      ends: link.ends.map((end) => ({ host: end.host, interface: end.interface })),
      quality: linkQuality(link.ends.map(({ transmit }) => transmit)),
    })),
    networks: readNetworks(engines, containers),
    containers,
  };
}

function readHost(host: Host): TopologyHost {
  const cards = host.initNamespace.devices.filter((dev) => dev instanceof Nic);
  return { name: host.name, interfaces: cards.map(readInterface) };
}

/** IPv6 link-local addresses are left out: every interface has one. */
function readInterface(dev: NetDevice): TopologyInterface {
  const ipv4 = dev.ipv4.addresses.map(({ local, prefixLength }) => `${formatIpv4(local)}/${prefixLength}`);
  const ipv6 = (dev.ipv6?.addresses ?? [])
    .filter(({ address }) => !address.isLinkLocal())
    .map(({ address, prefixLength }) => `${formatIp(address)}/${prefixLength}`);
  return { name: dev.name, addresses: [...ipv4, ...ipv6] };
}

/** A network of the swarm is one, however many hosts know of it. */
function readNetworks(
  engines: readonly Engine[],
  containers: readonly TopologyContainer[],
): TopologyNetwork[] {
  const inUse = new Set(containers.flatMap(({ attachments }) => attachments.map(({ network }) => network)));
  const networks = new Map<string, TopologyNetwork>();
  for (const engine of engines) {
    for (const network of engine.networks.list()) {
      const key = networkKey(engine.host, network);
      if (networks.has(key) || network.driver === null) continue;
      if (PREDEFINED.includes(network.name) && !inUse.has(key)) continue;
      networks.set(key, readNetwork(engine.host, network));
    }
  }
  return [...networks.values()];
}

function readNetwork(host: Host, network: Network): TopologyNetwork {
  const { driver } = network.spec;
  const bridge = driver === 'bridge' ? bridgeNameOf(network.id, network.driverOptions) : '';
  const device = bridge !== '' ? bridge : (network.driverOptions.get('parent') ?? '');
  const bridgeDevice = bridge === '' ? undefined : host.initNamespace.device(bridge);
  return {
    key: networkKey(host, network),
    host: network.scope === 'swarm' ? null : host.name,
    name: network.name,
    driver,
    device,
    subnets: (network.ipam?.subnets ?? []).map(({ pool }) => formatIpPrefix(pool.subnet)),
    gateways: bridgeDevice === undefined || bridgeDevice === null ? [] : plainAddresses(bridgeDevice),
    internal: network.internal,
  };
}

function plainAddresses(dev: NetDevice): string[] {
  return readInterface(dev).addresses.map((address) => address.slice(0, address.indexOf('/')));
}

function networkKey(host: Host, network: Network): string {
  return network.scope === 'swarm' ? `swarm/${network.name}` : `${host.name}/${network.name}`;
}

function readContainer(host: Host, container: Container): TopologyContainer {
  const endpoints = container.endpoints.filter(
    ({ network }) => network.name !== 'host' && network.name !== 'none',
  );
  return {
    key: `${host.name}/${container.name}`,
    host: host.name,
    name: container.name,
    mode: modeOf(host, container),
    ports: container.endpoints.flatMap(publishedPorts),
    attachments: endpoints.map((endpoint) => ({
      network: networkKey(host, endpoint.network),
      interface: endpoint.device?.name ?? '',
      addresses: endpoint.addresses.map(formatIp),
    })),
  };
}

function modeOf(host: Host, { hostConfig: { networkMode } }: Container): string {
  if (networkMode === 'host' || networkMode === 'none') return networkMode;
  if (!isContainerMode(networkMode)) return '';
  const owner = networkMode.slice(networkMode.indexOf(':') + 1);
  return engineOf(host)?.containers.find(owner)?.name ?? owner;
}

/** As `-p` takes them; the twin that a port has for IPv6 is not said. */
function publishedPorts(endpoint: Endpoint): string[] {
  return endpoint.portMappings
    .filter(({ hostIp }) => typeof hostIp === 'number')
    .map(({ protocol, hostIp, hostPort, containerPort }) => {
      const where = hostIp === 0 ? '' : `${formatIp(hostIp)}:`;
      return `${where}${hostPort}:${containerPort}${protocol === 'tcp' ? '' : `/${protocol}`}`;
    });
}
