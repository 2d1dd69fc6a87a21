import type { DockerCommand } from '../docker-command.ts';
import { ask } from '../confirm.ts';
import { remove, stopServices } from './project-containers.ts';
import { chosenContainers, runningWork } from './work.ts';

export const rm: DockerCommand = {
  names: ['rm'],
  usage: '[OPTIONS] [SERVICE...]',
  summary: 'Removes stopped service containers',
  flags: [
    { name: 'force', short: 'f', kind: 'bool', usage: "Don't ask to ask removal" },
    { name: 'stop', short: 's', kind: 'bool', usage: 'Stop the containers, if required, before removing' },
    {
      name: 'volumes',
      short: 'v',
      kind: 'bool',
      usage: 'Remove any anonymous volumes attached to containers',
    },
  ],
  operands: { min: 0, max: Infinity },
  *run(context) {
    const { proc, flags, operands } = context;
    const work = runningWork(context);
    const containers = chosenContainers(work, operands);
    if (flags.bool('stop')) yield* stopServices(work, containers, null);
    const stopped = containers.filter(({ isRunning }) => !isRunning);
    if (stopped.length === 0) {
      proc.printError('No stopped containers\n');
      return 0;
    }
    const names = stopped.map(({ name }) => name).join(', ');
    if (!flags.bool('force') && !(yield* ask(proc, `? Going to remove ${names} [y/N] `))) return 0;
    for (const container of stopped) remove(work, container);
    return 0;
  },
};
