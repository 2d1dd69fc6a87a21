/**
 * What the scenario's `networks` and `services` keys ask for, done by docker commands on their hosts before the
 * first step. Services with profiles are left to steps, as Compose leaves them. Not modelled: services of a
 * swarm started from the file (`docker service create` in a step does that where it is modelled).
 */
import { ScenarioError } from '../../load/problem.ts';
import type { Scenario, ScenarioService } from '../../load/scenario.ts';
import type { Path } from '../../../programs/compose-file/yaml-source.ts';
import { FormatError } from '../../../programs/compose-file/schema/format-error.ts';
import { bootOrRefuse } from '../boot-line.ts';
import type { World } from '../world.ts';
import { networkCommand, networkName } from './network-command.ts';
import { serviceCommands } from './service-commands.ts';
import { serviceOrder } from './service-order.ts';

/** Throws a ScenarioError when Docker refuses one of them, with what it said. */
export function composeUp(world: World, scenario: Scenario): void {
  refuseSwarmServices(scenario);
  for (const key of Object.keys(scenario.networks)) createNetwork(world, scenario, key);
  createDefaultNetworks(world, scenario);
  for (const key of serviceOrder(scenario.services)) startService(world, scenario, key);
}

function refuseSwarmServices({ services, source }: Scenario): void {
  const problems = Object.entries(services)
    .filter(([, service]) => isStarted(service) && service.deployment.kind === 'swarm')
    .map(([key]) =>
      source.problem(
        ['services', key],
        'services of a swarm are not started from the file',
        'give it an x-host to run it as a container',
        'key',
      ),
    );
  if (problems.length > 0) throw new ScenarioError(problems);
}

function isStarted(service: ScenarioService): boolean {
  return service.profiles.length === 0;
}

function createNetwork(world: World, scenario: Scenario, key: string): void {
  const network = scenario.networks[key]!;
  if (network.external || network.driver === 'host' || network.driver === 'none') return;
  for (const host of hostsOf(scenario, key)) {
    attempt(world, scenario, host, ['networks', key], () => [networkCommand(key, network)]);
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
  for (const host of containerHosts(Object.values(scenario.services).filter(isOnDefault))) {
    attempt(world, scenario, host, ['services'], () => [`docker network create ${defaultName(scenario)}`]);
  }
}

function isOnDefault(service: ScenarioService): boolean {
  return service.networks === undefined && service.networkMode === undefined;
}

function defaultName(scenario: Scenario): string {
  const own = scenario.networks['default'];
  return own === undefined ? `${scenario.name}_default` : networkName('default', own);
}

function startService(world: World, scenario: Scenario, key: string): void {
  const service = scenario.services[key]!;
  if (!isStarted(service)) return;
  const attached = isOnDefault(service) ? { ...service, networks: defaultAttachment(scenario) } : service;
  for (const host of containerHosts([service])) {
    attempt(world, scenario, host, ['services', key], () =>
      serviceCommands(key, attached, scenario.networks),
    );
  }
}

function defaultAttachment(scenario: Scenario): NonNullable<ScenarioService['networks']> {
  const attachment = {
    aliases: [],
    ipv4Address: undefined,
    ipv6Address: undefined,
    linkLocalIps: [],
    macAddress: undefined,
    driverOpts: {},
    priority: 0,
  };
  return { [defaultName(scenario)]: attachment };
}

function attempt(world: World, scenario: Scenario, host: string, path: Path, commands: () => string[]): void {
  let lines: string[];
  try {
    lines = commands();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new ScenarioError([scenario.source.problem(path, error.message, error.hint, 'key')]);
  }
  for (const line of lines) bootOrRefuse(world, scenario, path, host, line);
}
