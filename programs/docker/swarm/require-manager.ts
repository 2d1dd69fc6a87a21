import { DockerError } from '../../../drivers/docker-error.ts';
import type { Engine } from '../../../drivers/engine/engine.ts';
import { swarmNodeOf } from '../../../drivers/swarm/swarm-registry.ts';
import type { SwarmNode } from '../../../drivers/swarm/swarm-node.ts';

/** The host as a manager of its swarm; Docker's error when it is none. */
export function requireManager(engine: Engine): SwarmNode {
  const node = swarmNodeOf(engine);
  if (node === null) {
    throw new DockerError(
      'unavailable',
      'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
    );
  }
  node.requireManager();
  return node;
}
