import { type DockerCommand } from '../docker-command.ts';
import { TASK_LIST_FLAGS, taskList } from '../service/task-rows.ts';
import { requireManager } from '../swarm/require-manager.ts';
import { findNode } from './find-node.ts';

export const ps: DockerCommand = {
  names: ['ps'],
  usage: '[OPTIONS] [NODE...]',
  summary: 'List tasks running on one or more nodes, defaults to current node',
  flags: TASK_LIST_FLAGS,
  operands: { min: 0, max: Infinity },
  *run({ proc, engine, flags, operands }) {
    const asked = requireManager(engine);
    const terms = operands.length === 0 ? ['self'] : operands;
    const nodes = terms.map((term) => findNode(asked, term).id);
    const tasks = [...asked.cluster.services.tasks.values()].filter(({ nodeId }) => nodes.includes(nodeId));
    proc.print(taskList(asked, tasks, flags));
    return 0;
  },
};
