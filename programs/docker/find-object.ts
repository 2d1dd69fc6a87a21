import { DockerError } from '../../drivers/docker-error.ts';
import { isAtLeast } from '../../drivers/engine-release.ts';
import type { Container } from '../../drivers/container/container.ts';
import type { Engine } from '../../drivers/engine/engine.ts';
import type { Network } from '../../drivers/network/network.ts';
import { CliError } from './cli-error.ts';

/**
 * Clients before 23.0 put "not found" answers to some requests into words of their own: these look things up for
 * such requests.
 */
export function requireContainer(engine: Engine, name: string): Container {
  return required(engine, 'container', name, () => engine.containers.get(name));
}

export function requireNetwork(engine: Engine, name: string): Network {
  return required(engine, 'network', name, () => engine.networks.get(name));
}

function required<T>(engine: Engine, kind: string, name: string, find: () => T): T {
  try {
    return find();
  } catch (error) {
    if (!(error instanceof DockerError) || error.kind !== 'notFound' || isAtLeast(engine.release, 23))
      throw error;
    throw new CliError(`Error: No such ${kind}: ${name}`);
  }
}
