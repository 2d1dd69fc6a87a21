import { startContainer, stopContainer } from '../../../drivers/container/lifecycle.ts';
import type { DockerCommand } from '../docker-command.ts';
import { serviceOf } from './labels.ts';
import { progress } from './progress.ts';
import { serviceWaves } from './service-order.ts';
import { together } from './together.ts';
import { TIMEOUT_FLAG, chosenContainers, runningWork, timeoutOf } from './work.ts';

export const restart: DockerCommand = {
  names: ['restart'],
  usage: '[OPTIONS] [SERVICE...]',
  summary: 'Restart service containers',
  flags: [{ name: 'no-deps', kind: 'bool' }, TIMEOUT_FLAG],
  operands: { min: 0, max: Infinity },
  *run(context) {
    const { proc, engine, flags, operands } = context;
    const work = runningWork(context);
    const containers = chosenContainers(work, operands);
    for (const wave of serviceWaves(work.project.services)) {
      const members = containers.filter((container) => wave.includes(serviceOf(container)));
      yield* together(
        proc,
        members.map(function* (container) {
          progress(proc, `Container ${container.name}`, 'Restarting');
          yield* stopContainer(engine, proc, container, timeoutOf(flags));
          startContainer(engine, container);
          progress(proc, `Container ${container.name}`, 'Started');
        }),
      );
    }
    return 0;
  },
};
