import { exactly, type DockerCommand } from '../docker-command.ts';
import { CliError } from '../cli-error.ts';
import { TASK_LIST_FLAGS, taskList } from '../service/task-rows.ts';
import { requireManager } from '../swarm/require-manager.ts';
import { stackServices } from './stack-labels.ts';

export const ps: DockerCommand = {
  names: ['ps'],
  usage: '[OPTIONS] STACK',
  summary: 'List the tasks in the stack',
  flags: TASK_LIST_FLAGS,
  operands: exactly(1),
  *run({ proc, engine, flags, operands }) {
    const asked = requireManager(engine);
    const [stack = ''] = operands;
    const tasks = stackServices(asked, stack).flatMap((service) => asked.cluster.services.tasksOf(service));
    if (tasks.length === 0) throw new CliError(`nothing found in stack: ${stack}`);
    proc.print(taskList(asked, tasks, flags));
    return 0;
  },
};
