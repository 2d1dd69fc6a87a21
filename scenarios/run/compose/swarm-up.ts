/**
 * The services of a swarm that the scenario's `services` key asks for, created on its first manager as
 * `docker stack deploy` would, under the names that they have in the file. The first step comes when they run.
 */
import { DockerError } from '../../../drivers/docker-error.ts';
import { engineOf } from '../../../drivers/engine/engine-registry.ts';
import { isConverged } from '../../../drivers/swarm/services/orchestrator.ts';
import type { Service } from '../../../drivers/swarm/services/service.ts';
import { swarmNodeOf } from '../../../drivers/swarm/swarm-registry.ts';
import type { SwarmNode } from '../../../drivers/swarm/swarm-node.ts';
import { stackServiceSpec } from '../../../programs/docker/stack/stack-service.ts';
import { ScenarioError } from '../../load/problem.ts';
import type { Scenario } from '../../load/scenario.ts';
import type { World } from '../world.ts';
import { attempt, defaultAttachment, isOnDefault, isStarted } from './compose-up.ts';
import { networkName } from './network-name.ts';

const SECOND_NS = 1_000_000_000;
const POLL_NS = 0.1 * SECOND_NS;
/** A service that does not run by then is a mistake in the file. */
const TIMEOUT_NS = 60 * SECOND_NS;

export function startSwarmServices(world: World, scenario: Scenario): void {
  const keys = Object.keys(scenario.services).filter((key) => {
    const service = scenario.services[key]!;
    return service.deployment.kind === 'swarm' && isStarted(service);
  });
  if (keys.length === 0) return;
  const created = keys.map((key) => ({ key, service: createService(world, scenario, key) }));
  for (const { key, service } of created) awaitService(world, scenario, key, service);
}

function createService(world: World, scenario: Scenario, key: string): Service {
  const own = scenario.services[key]!;
  const service = isOnDefault(own) ? { ...own, networks: defaultAttachment(scenario) } : own;
  const host = scenario.swarm!.managers[0]!;
  const place = { host, path: ['services', key], what: `docker service create --name ${key}` };
  return attempt(world, scenario, place, () =>
    manager(world, scenario).cluster.services.create(
      stackServiceSpec(service, {
        name: key,
        aliases: [],
        networkId: (network) => networkId(world, scenario, network),
        labels: {},
        variable: () => undefined,
      }),
    ),
  );
}

function networkId(world: World, scenario: Scenario, key: string): string {
  const network = scenario.networks[key];
  const name = network === undefined ? key : networkName(key, network);
  const known = manager(world, scenario).cluster.networks.find(name);
  if (known !== undefined) return known.id;
  throw new DockerError(
    'notFound',
    `network ${name} cannot be used with services: it is none of the swarm's`,
  );
}

function awaitService(world: World, scenario: Scenario, key: string, service: Service): void {
  const { services } = manager(world, scenario).cluster;
  const untilNs = world.sim.nowNs + TIMEOUT_NS;
  while (!isConverged(services, service)) {
    if (world.sim.nowNs >= untilNs) {
      const failed = services.tasksOf(service).findLast(({ status }) => status.error !== '');
      throw notUp(scenario, key, failed?.status.error);
    }
    world.sim.run(world.sim.nowNs + POLL_NS);
  }
}

function notUp(scenario: Scenario, key: string, error = ''): ScenarioError {
  const reason = error === '' ? 'its tasks do not run' : error;
  const seconds = TIMEOUT_NS / SECOND_NS;
  return new ScenarioError([
    scenario.source.problem(
      ['services', key],
      `the service is not up after ${seconds} s: ${reason}`,
      undefined,
      'key',
    ),
  ]);
}

function manager(world: World, scenario: Scenario): SwarmNode {
  return swarmNodeOf(engineOf(world.host(scenario.swarm!.managers[0]!))!)!;
}
