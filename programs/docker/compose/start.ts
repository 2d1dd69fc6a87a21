import type { DockerCommand } from '../docker-command.ts';
import { startServices } from './project-containers.ts';
import { selectServices } from './project.ts';
import { runningWork } from './work.ts';

export const start: DockerCommand = {
  names: ['start'],
  usage: '[SERVICE...]',
  summary: 'Start services',
  flags: [],
  operands: { min: 0, max: Infinity },
  *run(context) {
    const work = runningWork(context);
    yield* startServices({ ...work, project: selectServices(work.project, context.operands) });
    return 0;
  },
};
