import { stringify } from 'yaml';
import type { Scenario } from '../../load/scenario.ts';
import type { World } from '../world.ts';

/** Where a step's `docker compose up` or `docker stack deploy -c compose.yaml` looks: in the root of its machine. */
const PATH = '/compose.yaml';

/**
 * Where a step brings the services up, each host with Docker has them in a Compose file: all those of the swarm, and
 * those that run on this host. A file of the host's own at that place is left alone.
 */
export function writeComposeFiles(world: World, scenario: Scenario): void {
  if (Object.keys(scenario.services).length === 0) return;
  const { networks, services } = scenario.composeData as Record<string, Record<string, unknown>>;
  for (const [host, { docker }] of Object.entries(scenario.hosts)) {
    const { fileSystem } = world.host(host);
    if (docker === undefined || fileSystem.find(PATH) !== null) continue;
    const own = Object.keys(scenario.services).filter((key) => {
      const { deployment } = scenario.services[key]!;
      return deployment.kind === 'swarm' || deployment.host === host;
    });
    const content = {
      name: scenario.name.toLowerCase(),
      services: Object.fromEntries(own.map((key) => [key, services![key]])),
      networks,
    };
    fileSystem.writeText(PATH, stringify(escapeDollars(content)));
  }
}

/** Variables are replaced already: what looks like one is meant as it is. */
function escapeDollars(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('$', '$$$$');
  if (Array.isArray(value)) return value.map(escapeDollars);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escapeDollars(item)]));
}
