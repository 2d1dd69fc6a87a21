import type { DockerCommand } from '../docker-command.ts';
import { projectContainers, serviceOf } from './labels.ts';
import { removeNetworks } from './networks.ts';
import { removeServices } from './project-containers.ts';
import { TIMEOUT_FLAG, chosenContainers, runningWork, timeoutOf } from './work.ts';

export const down: DockerCommand = {
  names: ['down'],
  usage: '[OPTIONS] [SERVICES]',
  summary: 'Stop and remove containers, networks',
  flags: [
    {
      name: 'remove-orphans',
      kind: 'bool',
      usage: 'Remove containers for services not defined in the Compose file',
    },
    { name: 'rmi', kind: 'string' },
    TIMEOUT_FLAG,
    {
      name: 'volumes',
      short: 'v',
      kind: 'bool',
      usage:
        'Remove named volumes declared in the "volumes" section of the Compose file and anonymous volumes attached to containers',
    },
  ],
  operands: { min: 0, max: Infinity },
  *run(context) {
    const { flags, operands } = context;
    const work = runningWork(context);
    const { proc, engine, project } = work;
    const withOrphans = flags.bool('remove-orphans');
    const containers =
      operands.length > 0
        ? chosenContainers(work, operands)
        : projectContainers(engine, project.name, withOrphans).filter(
            (container) => withOrphans || Object.hasOwn(project.services, serviceOf(container)),
          );
    yield* removeServices(work, containers, timeoutOf(flags));
    const hadNetworks = operands.length === 0 && removeNetworks(proc, engine, project.name);
    if (containers.length === 0 && !hadNetworks)
      proc.printError(`Warning: No resource found to remove for project "${project.name}".\n`);
    return 0;
  },
};
