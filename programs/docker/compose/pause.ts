import { pauseContainer, unpauseContainer } from '../../../drivers/container/lifecycle.ts';
import type { DockerCommand } from '../docker-command.ts';
import { progress } from './progress.ts';
import { chosenContainers, runningWork } from './work.ts';

export const pause: DockerCommand = {
  names: ['pause'],
  usage: '[SERVICE...]',
  summary: 'Pause services',
  flags: [],
  operands: { min: 0, max: Infinity },
  *run(context) {
    const { proc, engine, operands } = context;
    for (const container of chosenContainers(runningWork(context), operands)) {
      pauseContainer(engine, container);
      progress(proc, `Container ${container.name}`, 'Paused');
    }
    return 0;
  },
};

export const unpause: DockerCommand = {
  names: ['unpause'],
  usage: '[SERVICE...]',
  summary: 'Unpause services',
  flags: [],
  operands: { min: 0, max: Infinity },
  *run(context) {
    const { proc, engine, operands } = context;
    for (const container of chosenContainers(runningWork(context), operands)) {
      unpauseContainer(engine, container);
      progress(proc, `Container ${container.name}`, 'Unpaused');
    }
    return 0;
  },
};
