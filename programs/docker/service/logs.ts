import { rfc3339 } from '../../../drivers/docker-time.ts';
import type { LogEntry } from '../../../drivers/container/container-log.ts';
import type { SwarmNode } from '../../../drivers/swarm/swarm-node.ts';
import { taskName, type Service, type Task } from '../../../drivers/swarm/services/service.ts';
import { splitLines } from '../container/logs.ts';
import { exactly, type DockerCommand } from '../docker-command.ts';
import { CliError } from '../cli-error.ts';
import { requireManager } from '../swarm/require-manager.ts';

interface LogLine extends LogEntry {
  readonly prefix: string;
}

/** The lines of all tasks by their time. Not modelled: following them; the way from the nodes over the network. */
export const logs: DockerCommand = {
  names: ['logs'],
  usage: '[OPTIONS] SERVICE|TASK',
  summary: 'Fetch the logs of a service or task',
  flags: [
    { name: 'follow', short: 'f', kind: 'bool' },
    { name: 'no-resolve', kind: 'bool', usage: 'Do not map IDs to Names in output' },
    { name: 'no-task-ids', kind: 'bool', usage: 'Do not include task IDs in output' },
    { name: 'no-trunc', kind: 'bool', usage: 'Do not truncate output' },
    { name: 'raw', kind: 'bool', usage: 'Do not neatly format logs' },
    { name: 'tail', short: 'n', kind: 'string', usage: 'Number of lines to show from the end of the logs' },
    { name: 'timestamps', short: 't', kind: 'bool', usage: 'Show timestamps' },
  ],
  operands: exactly(1),
  *run({ proc, engine, flags, operands }) {
    if (flags.bool('follow')) throw new CliError('not modelled: docker service logs --follow');
    const asked = requireManager(engine);
    const [term = ''] = operands;
    const { service, tasks } = logged(asked, term);
    const tail = flags.string('tail', 'all');
    const lines = tasks
      .flatMap((task) => {
        const prefix = flags.bool('raw') ? '' : prefixOf(asked, service, task, flags.bool('no-task-ids'));
        const all = linesOf(asked, task).map((line): LogLine => ({ ...line, prefix }));
        return /^\d+$/.test(tail) ? all.slice(-Number(tail) || all.length) : all;
      })
      .sort((a, b) => a.timeNs - b.timeNs);
    for (const { prefix, text, timeNs, stream } of lines) {
      const stamp = flags.bool('timestamps') ? `${rfc3339(timeNs)} ` : '';
      const line = `${stamp}${prefix}${text.endsWith('\n') ? text : `${text}\n`}`;
      if (stream === 'stdout') proc.print(line);
      else proc.printError(line);
    }
    return 0;
  },
};

function logged(asked: SwarmNode, term: string): { service: Service; tasks: Task[] } {
  const { services } = asked.cluster;
  const task = services.tasks.get(term);
  const owner = task === undefined ? undefined : services.services.get(task.serviceId);
  if (task !== undefined && owner !== undefined) return { service: owner, tasks: [task] };
  const service = services
    .list()
    .find(({ id, spec }) => id === term || spec.name === term || (term !== '' && id.startsWith(term)));
  if (service === undefined) throw new CliError(`no such task or service: ${term}`);
  return { service, tasks: services.tasksOf(service) };
}

function linesOf({ cluster }: SwarmNode, task: Task): LogEntry[] {
  const runner = cluster.members.get(task.nodeId)?.node?.tasks.runners.get(task.id);
  return splitLines(runner?.container?.log.entries ?? []);
}

/** `web.1.l1mypgg0z6zp@host2    | ` */
function prefixOf({ cluster }: SwarmNode, service: Service, task: Task, isShort: boolean): string {
  const node = cluster.members.get(task.nodeId)?.hostname ?? task.nodeId;
  const id = isShort ? '' : `.${task.id.slice(0, 12)}`;
  return `${taskName(service, task)}${id}@${node}    | `;
}
