import type { DockerCommand } from '../docker-command.ts';
import { selectServices } from './project.ts';
import { CONVERGE_FLAGS, convergeOptions, createAll } from './up.ts';
import { fileWork } from './work.ts';

export const create: DockerCommand = {
  names: ['create'],
  usage: '[OPTIONS] [SERVICE...]',
  summary: 'Creates containers for a service',
  flags: CONVERGE_FLAGS,
  operands: { min: 0, max: Infinity },
  *run(context) {
    const { flags, operands } = context;
    const all = fileWork(context, operands);
    const work = { ...all, project: selectServices(all.project, operands) };
    yield* createAll(all, work, convergeOptions(work, flags), flags.bool('remove-orphans'));
    return 0;
  },
};
