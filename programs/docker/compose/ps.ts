import type { DockerCommand } from '../docker-command.ts';
import { containerRow } from '../container/ls.ts';
import { formatList } from '../format/list-format.ts';
import { parseFilters } from '../filters.ts';
import { quietFlag } from '../list-flags.ts';
import { projectContainers, serviceOf } from './labels.ts';
import { chosenContainers, runningWork } from './work.ts';

const FORMAT = {
  table: '{{.Name}}\t{{.Image}}\t{{.Command}}\t{{.Service}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}',
  quiet: '{{.ID}}',
  headers: {
    ID: 'CONTAINER ID',
    Name: 'NAME',
    Project: 'PROJECT',
    Service: 'SERVICE',
    Image: 'IMAGE',
    Command: 'COMMAND',
    CreatedAt: 'CREATED AT',
    RunningFor: 'CREATED',
    Ports: 'PORTS',
    State: 'STATE',
    Status: 'STATUS',
    Size: 'SIZE',
    Labels: 'LABELS',
  },
};

export const ps: DockerCommand = {
  names: ['ps'],
  usage: '[OPTIONS] [SERVICE...]',
  summary: 'List containers',
  flags: [
    {
      name: 'all',
      short: 'a',
      kind: 'bool',
      usage: 'Show all stopped containers (including those created by the run command)',
    },
    { name: 'filter', kind: 'list', type: 'string', usage: 'Filter services by a property' },
    { name: 'format', kind: 'string', usage: 'Format output using a custom template' },
    { name: 'no-trunc', kind: 'bool', usage: "Don't truncate output" },
    { name: 'orphans', kind: 'bool', usage: 'Include orphaned services', byDefault: 'true' },
    quietFlag(),
    { name: 'services', kind: 'bool', usage: 'Display services' },
    { name: 'status', kind: 'list', type: 'stringArray', usage: 'Filter services by status' },
  ],
  operands: { min: 0, max: Infinity },
  *run(context) {
    const { proc, engine, flags, operands } = context;
    const work = runningWork(context);
    const wanted = [
      ...parseFilters(flags.list('filter'), ['status']).list('status'),
      ...flags.list('status'),
    ];
    const all = flags.bool('all') || wanted.length > 0;
    const found =
      operands.length > 0
        ? chosenContainers(work, operands)
        : projectContainers(engine, work.project.name, all).filter(
            (container) =>
              flags.bool('orphans', true) || Object.hasOwn(work.project.services, serviceOf(container)),
          );
    const shown = found.filter(
      ({ isRunning, state }) =>
        (all || isRunning || state.status === 'restarting') &&
        (wanted.length === 0 || wanted.includes(state.status)),
    );
    if (flags.bool('services')) {
      proc.print([...new Set(shown.map(serviceOf))].map((key) => `${key}\n`).join(''));
      return 0;
    }
    if (flags.bool('quiet')) {
      proc.print(shown.map(({ id }) => `${id}\n`).join(''));
      return 0;
    }
    const rows = shown.map((container) => ({
      ...containerRow(engine, container, flags.bool('no-trunc')),
      Name: container.name,
      Service: serviceOf(container),
      Project: work.project.name,
    }));
    proc.print(formatList(flags, FORMAT, rows));
    return 0;
  },
};
