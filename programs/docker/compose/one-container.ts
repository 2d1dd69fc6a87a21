import type { Container } from '../../../drivers/container/container.ts';
import { CliError } from '../cli-error.ts';
import type { FlagSpec, Flags } from '../flags.ts';
import { numberOf } from './labels.ts';
import { containersOf, type ComposeWork } from './project-containers.ts';

export const INDEX_FLAG: FlagSpec = {
  name: 'index',
  kind: 'int',
  usage: 'Index of the container if service has multiple replicas',
};

/** The running container of a service that a command is meant for: the one with `--index`, else the first. */
export function oneContainer({ engine, project }: ComposeWork, key: string, flags: Flags): Container {
  const index = flags.int('index', 0);
  const found = containersOf(engine, project.name, key)
    .filter(({ isRunning }) => isRunning)
    .sort((a, b) => numberOf(a) - numberOf(b))
    .find((container) => index === 0 || numberOf(container) === index);
  if (found !== undefined) return found;
  throw new CliError(`service "${key}" is not running${index === 0 ? '' : ` container #${index}`}`);
}
