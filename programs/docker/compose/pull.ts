import type { DockerCommand } from '../docker-command.ts';
import { progress } from './progress.ts';
import { selectServices } from './project.ts';
import { fileWork } from './work.ts';

/** Every image is there: nothing is fetched. */
export const pull: DockerCommand = {
  names: ['pull'],
  usage: '[OPTIONS] [SERVICE...]',
  summary: 'Pull service images',
  flags: [
    { name: 'ignore-pull-failures', kind: 'bool' },
    { name: 'include-deps', kind: 'bool', usage: 'Also pull services declared as dependencies' },
    { name: 'quiet', short: 'q', kind: 'bool', usage: 'Pull without printing progress information' },
  ],
  operands: { min: 0, max: Infinity },
  *run(context) {
    const { proc, flags, operands } = context;
    const { project } = fileWork(context, operands);
    for (const key of Object.keys(selectServices(project, operands, flags.bool('include-deps')).services)) {
      if (flags.bool('quiet')) continue;
      progress(proc, key, 'Pulling');
      progress(proc, key, 'Pulled');
    }
    return 0;
  },
};
