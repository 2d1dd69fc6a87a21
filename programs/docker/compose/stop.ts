import type { DockerCommand } from '../docker-command.ts';
import { stopServices } from './project-containers.ts';
import { TIMEOUT_FLAG, chosenContainers, runningWork, timeoutOf } from './work.ts';

export const stop: DockerCommand = {
  names: ['stop'],
  usage: '[OPTIONS] [SERVICE...]',
  summary: 'Stop services',
  flags: [TIMEOUT_FLAG],
  operands: { min: 0, max: Infinity },
  *run(context) {
    const work = runningWork(context);
    yield* stopServices(work, chosenContainers(work, context.operands), timeoutOf(context.flags));
    return 0;
  },
};
