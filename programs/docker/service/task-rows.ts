/** The rows of `docker service ps`, `docker node ps` and `docker stack ps` (docker/cli command/task/print.go). */
import type { SwarmNode } from '../../../drivers/swarm/swarm-node.ts';
import type { Service, Task } from '../../../drivers/swarm/services/service.ts';
import { taskName } from '../../../drivers/swarm/services/service.ts';
import { capitalise } from '../format/capitalise.ts';
import type { GoStruct } from '../format/go-value.ts';
import type { FlagSpec, Flags } from '../flags.ts';
import { parseFilters } from '../filters.ts';
import { formatList } from '../format/list-format.ts';
import { humanDuration } from '../format/human-duration.ts';
import { FILTER_FLAG, formatFlag, quietFlag } from '../list-flags.ts';
import { compareNaturally } from '../natural-order.ts';

const FORMAT = {
  table:
    '{{.ID}}\t{{.Name}}\t{{.Image}}\t{{.Node}}\t{{.DesiredState}}\t{{.CurrentState}}\t{{.Error}}\t{{.Ports}}',
  quiet: '{{.ID}}',
  headers: {
    ID: 'ID',
    Name: 'NAME',
    Image: 'IMAGE',
    Node: 'NODE',
    DesiredState: 'DESIRED STATE',
    CurrentState: 'CURRENT STATE',
    Error: 'ERROR',
    Ports: 'PORTS',
  },
};

const ERROR_LENGTH = 30;

export const TASK_LIST_FLAGS: readonly FlagSpec[] = [
  FILTER_FLAG,
  formatFlag('tasks'),
  { name: 'no-resolve', kind: 'bool', usage: 'Do not map IDs to Names' },
  { name: 'no-trunc', kind: 'bool', usage: 'Do not truncate output' },
  quietFlag('task IDs'),
];

/** The list as text: by name, the newest task of a slot first and its predecessors under it. */
export function taskList(asked: SwarmNode, tasks: readonly Task[], flags: Flags): string {
  const filters = parseFilters(flags.list('filter'), ['id', 'name', 'node', 'desired-state', 'label']);
  const named = tasks
    .map((task) => ({ task, name: nameOf(asked, task, flags.bool('no-resolve')) }))
    .filter(
      ({ task, name }) =>
        filters.contains('id', task.id) &&
        filters.contains('name', name) &&
        filters.equals('desired-state', task.desiredState) &&
        isOnNode(asked, task, filters.list('node')),
    )
    .sort(
      (a, b) =>
        compareNaturally(a.name, b.name) ||
        b.task.createdNs - a.task.createdNs ||
        tasks.indexOf(b.task) - tasks.indexOf(a.task),
    );
  const quiet = flags.bool('quiet');
  const rows = named.map(({ task, name }, i) => {
    const isFollower = i > 0 && named[i - 1]!.name === name && !quiet;
    return row(asked, task, isFollower ? ` \\_ ${name}` : name, flags);
  });
  return formatList(flags, FORMAT, rows);
}

function nameOf(asked: SwarmNode, task: Task, isRaw: boolean): string {
  const service = serviceOf(asked, task);
  if (service === undefined || isRaw) {
    return `${task.serviceId}.${task.slot === 0 ? task.nodeId : task.slot}`;
  }
  return taskName(service, task);
}

function serviceOf({ cluster }: SwarmNode, { serviceId }: Task): Service | undefined {
  return cluster.services.services.get(serviceId) ?? cluster.services.formerService(serviceId);
}

function isOnNode({ cluster }: SwarmNode, { nodeId }: Task, wanted: readonly string[]): boolean {
  if (wanted.length === 0) return true;
  const hostname = cluster.members.get(nodeId)?.hostname;
  return wanted.some((each) => each === nodeId || each === hostname);
}

function row(asked: SwarmNode, task: Task, name: string, flags: Flags): GoStruct {
  const { status } = task;
  const whole = flags.bool('no-trunc');
  const node = asked.cluster.members.get(task.nodeId)?.hostname ?? task.nodeId;
  const ageNs = asked.engine.host.nowNs() - status.timestampNs;
  return {
    ID: whole ? task.id : task.id.slice(0, 12),
    Name: name,
    Image: task.spec.container.image,
    Node: flags.bool('no-resolve') ? task.nodeId : node,
    DesiredState: capitalise(task.desiredState),
    CurrentState: `${capitalise(status.state)} ${humanDuration(ageNs).toLowerCase()} ago`,
    Error: errorText(status.error, whole),
    Ports: task.status.state === 'running' ? hostPortsText(task) : '',
  };
}

function errorText(error: string, whole: boolean): string {
  if (error === '') return '';
  const cut = !whole && error.length > ERROR_LENGTH ? `${error.slice(0, ERROR_LENGTH - 1)}…` : error;
  return `"${cut}"`;
}

function hostPortsText({ ports }: Task): string {
  return ports
    .filter(({ publishMode }) => publishMode === 'host')
    .map(({ publishedPort, targetPort, protocol }) => `*:${publishedPort}->${targetPort}/${protocol}`)
    .join(',');
}
