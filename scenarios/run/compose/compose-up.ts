/**
 * What the scenario's `networks` and `services` keys ask for, done by docker commands on their hosts before the
 * first step. Services with profiles are left to steps, as Compose leaves them.
 */
import * as v from 'valibot';
import { ScenarioError } from '../../load/problem.ts';
import type { Scenario, ScenarioService } from '../../load/scenario.ts';
import type { Path } from '../../../programs/compose-file/yaml-source.ts';
import { FormatError } from '../../../programs/compose-file/schema/format-error.ts';
import type { World } from '../world.ts';
import { networkName } from './network-name.ts';
import { startContainer } from '../../../drivers/container/lifecycle.ts';
import { DockerError } from '../../../drivers/docker-error.ts';
import type { Engine } from '../../../drivers/engine/engine.ts';
import { engineOf } from '../../../drivers/engine/engine-registry.ts';
import { networkSchema } from '../../../programs/compose-file/schema/network.ts';
import { attachmentSchema } from '../../../programs/compose-file/schema/service.ts';
import { networkSpec } from '../../../programs/docker/compose/network-spec.ts';
import {
  createServiceContainer,
  type ServiceNames,
} from '../../../programs/docker/compose/service-container.ts';
import { startSwarmServices } from './swarm-up.ts';
import { serviceOrder } from '../../../programs/docker/compose/service-order.ts';

/** Throws a ScenarioError when Docker refuses one of them, with what it said. */
export function composeUp(world: World, scenario: Scenario): void {
  for (const key of Object.keys(scenario.networks)) createNetwork(world, scenario, key);
  createDefaultNetworks(world, scenario);
  for (const key of serviceOrder(scenario.services)) startService(world, scenario, key);
  startSwarmServices(world, scenario);
}

export function isStarted(service: ScenarioService): boolean {
  return service.profiles.length === 0;
}

function createNetwork(world: World, scenario: Scenario, key: string): void {
  const network = scenario.networks[key]!;
  if (network.external || network.driver === 'host' || network.driver === 'none') return;
  for (const host of hostsOf(scenario, key)) {
    const name = networkName(key, network);
    const place = { host, path: ['networks', key], what: `docker network create ${name}` };
    attempt(world, scenario, place, (engine) => engine.networks.create(networkSpec(name, network)));
  }
}

/** Every host with a container on it; the only host with Docker when there is no such container. */
function hostsOf(scenario: Scenario, key: string): string[] {
  const { host, driver } = scenario.networks[key]!;
  if (host !== undefined) return [host];
  const docker = Object.keys(scenario.hosts).filter((name) => scenario.hosts[name]!.docker !== undefined);
  if (driver === 'overlay') return [scenario.swarm?.managers[0] ?? docker[0]!];
  const services = Object.values(scenario.services);
  const used = containerHosts(services.filter(({ networks }) => networks !== undefined && key in networks));
  return used.length > 0 ? used : docker;
}

/** The hosts with containers of these services; those of a swarm have none of their own. */
function containerHosts(services: readonly ScenarioService[]): string[] {
  const hosts = services.flatMap(({ deployment }) =>
    deployment.kind === 'containers' ? [deployment.host] : [],
  );
  return [...new Set(hosts)];
}

/** A service without networks is on the project's default network, made where it is needed. */
function createDefaultNetworks(world: World, scenario: Scenario): void {
  if ('default' in scenario.networks) return;
  const onDefault = Object.values(scenario.services).filter(isOnDefault);
  if (onDefault.some(({ deployment }) => deployment.kind === 'swarm')) createSwarmDefault(world, scenario);
  for (const host of containerHosts(onDefault)) {
    const name = defaultName(scenario);
    if (engineOf(world.host(host))!.networks.findByName(name) !== undefined) continue;
    const place = { host, path: ['services'], what: `docker network create ${name}` };
    attempt(world, scenario, place, (engine) =>
      engine.networks.create(networkSpec(name, v.parse(networkSchema, null))),
    );
  }
}

/** Services of a swarm have one default network on all nodes. */
function createSwarmDefault(world: World, scenario: Scenario): void {
  const name = defaultName(scenario);
  const host = scenario.swarm!.managers[0]!;
  const place = { host, path: ['services'], what: `docker network create -d overlay --attachable ${name}` };
  attempt(world, scenario, place, (engine) => {
    const spec = networkSpec(name, v.parse(networkSchema, null));
    return engine.networks.create({ ...spec, driver: 'overlay', attachable: true });
  });
}

export function isOnDefault(service: ScenarioService): boolean {
  return service.networks === undefined && service.networkMode === undefined;
}

export function defaultName(scenario: Scenario): string {
  const own = scenario.networks['default'];
  return own === undefined ? `${scenario.name}_default` : networkName('default', own);
}

function startService(world: World, scenario: Scenario, key: string): void {
  const service = scenario.services[key]!;
  if (!isStarted(service)) return;
  const attached = isOnDefault(service) ? { ...service, networks: defaultAttachment(scenario) } : service;
  for (const host of containerHosts([service])) {
    for (const name of containerNames(key, service)) {
      const path = ['services', key];
      const create = { host, path, what: `docker create ${name}` };
      const { container } = attempt(world, scenario, create, (engine) =>
        createServiceContainer(engine, attached, scenarioNames(scenario, key, name)),
      );
      const start = { host, path, what: `docker start ${name}` };
      attempt(world, scenario, start, (engine) => startContainer(engine, container));
      world.sim.run(world.sim.nowNs);
    }
  }
}

/** Containers of a service: the service's own name, or `name-1`, `name-2` … when there are several. */
function containerNames(key: string, service: ScenarioService): string[] {
  const name = service.containerName ?? key;
  if (service.scale === 1) return [name];
  return Array.from({ length: service.scale }, (_, i) => `${name}-${i + 1}`);
}

/** Unlike under `docker compose`, neither containers nor networks have the project's name before their own. */
function scenarioNames({ services, networks }: Scenario, key: string, container: string): ServiceNames {
  const service = services[key]!;
  const ofService = (other: string) => services[other]?.containerName ?? other;
  return {
    container,
    aliases: [key],
    networkName: (network) =>
      networks[network] === undefined ? network : networkName(network, networks[network]),
    containerOf: ofService,
    links: [...service.links, ...service.externalLinks].map(
      ({ target, alias = target }) => `${ofService(target)}:${alias}`,
    ),
    labels: new Map(Object.entries(service.labels).map(([name, value]) => [name, value ?? ''])),
  };
}

export function defaultAttachment(scenario: Scenario): NonNullable<ScenarioService['networks']> {
  return { [defaultName(scenario)]: v.parse(attachmentSchema, null) };
}

export function attempt<T>(
  world: World,
  scenario: Scenario,
  place: { readonly host: string; readonly path: Path; readonly what: string },
  action: (engine: Engine) => T,
): T {
  const { host, path, what } = place;
  const refuse = (message: string, hint?: string): never => {
    throw new ScenarioError([scenario.source.problem(path, message, hint, 'key')]);
  };
  try {
    return action(engineOf(world.host(host))!);
  } catch (error) {
    if (error instanceof FormatError) return refuse(error.message, error.hint);
    if (!(error instanceof DockerError)) throw error;
    return refuse(`${host}$ ${what}: Error response from daemon: ${error.message}`);
  }
}
