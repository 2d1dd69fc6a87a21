import { DockerError } from '../../../drivers/docker-error.ts';
import type { Service } from '../../../drivers/swarm/services/service.ts';
import type { SwarmNode } from '../../../drivers/swarm/swarm-node.ts';
import { CliError } from '../cli-error.ts';

/** A service by id, name or the beginning of an id; the client's words when there is none. */
export function findService(asked: SwarmNode, term: string, missing = 'Error: No such service'): Service {
  try {
    return asked.cluster.services.get(term);
  } catch (error) {
    if (!(error instanceof DockerError) || error.kind !== 'notFound') throw error;
    throw new CliError(`${missing}: ${term}`);
  }
}
