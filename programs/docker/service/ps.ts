import { atLeast, type DockerCommand } from '../docker-command.ts';
import { CliError } from '../cli-error.ts';
import { DockerError } from '../../../drivers/docker-error.ts';
import { requireManager } from '../swarm/require-manager.ts';
import { TASK_LIST_FLAGS, taskList } from './task-rows.ts';

export const ps: DockerCommand = {
  names: ['ps'],
  usage: '[OPTIONS] SERVICE [SERVICE...]',
  summary: 'List the tasks of one or more services',
  flags: TASK_LIST_FLAGS,
  operands: atLeast(1),
  *run({ proc, engine, flags, operands }) {
    const asked = requireManager(engine);
    const { services } = asked.cluster;
    const missing: string[] = [];
    const found = operands.flatMap((term) => {
      try {
        return [services.get(term)];
      } catch (error) {
        if (!(error instanceof DockerError) || error.kind !== 'notFound') throw error;
        missing.push(`no such service: ${term}`);
        return [];
      }
    });
    if (found.length > 0) {
      const tasks = found.flatMap((service) => services.tasksOf(service));
      proc.print(taskList(asked, tasks, flags));
    }
    if (missing.length > 0) throw new CliError(missing.join('\n'));
    return 0;
  },
};
