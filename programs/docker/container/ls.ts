import { goTimeString } from '../../../drivers/docker-time.ts';
import type { Container } from '../../../drivers/container/container.ts';
import type { Engine } from '../../../drivers/engine/engine.ts';
import { NO_OPERANDS, type DockerCommand } from '../docker-command.ts';
import { parseFilters, type Filters } from '../filters.ts';
import type { GoStruct } from '../format/go-value.ts';
import { humanDuration } from '../format/human-duration.ts';
import { formatList } from '../format/list-format.ts';
import { FILTER_FLAG, formatFlag, quietFlag } from '../list-flags.ts';
import { portsColumn, publishedPorts } from './published-ports.ts';

const FORMAT = {
  table: '{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}',
  quiet: '{{.ID}}',
  headers: {
    ID: 'CONTAINER ID',
    Names: 'NAMES',
    Image: 'IMAGE',
    Command: 'COMMAND',
    CreatedAt: 'CREATED AT',
    RunningFor: 'CREATED',
    Ports: 'PORTS',
    State: 'STATE',
    Status: 'STATUS',
    Size: 'SIZE',
    Labels: 'LABELS',
    Mounts: 'MOUNTS',
    LocalVolumes: 'LOCAL VOLUMES',
    Networks: 'NETWORKS',
  },
};

const FILTERS = 'ancestor before expose exited id label name network publish since status'.split(' ');

export const ls: DockerCommand = {
  names: ['ls', 'list', 'ps'],
  shortcuts: ['ps'],
  usage: '[OPTIONS]',
  summary: 'List containers',
  flags: [
    { name: 'all', short: 'a', kind: 'bool', usage: 'Show all containers (default shows just running)' },
    FILTER_FLAG,
    formatFlag('containers'),
    {
      name: 'last',
      short: 'n',
      kind: 'int',
      usage: 'Show n last created containers (includes all states)',
      byDefault: '-1',
    },
    {
      name: 'latest',
      short: 'l',
      kind: 'bool',
      usage: 'Show the latest created container (includes all states)',
    },
    { name: 'no-trunc', kind: 'bool', usage: "Don't truncate output" },
    quietFlag('container IDs'),
    { name: 'size', short: 's', kind: 'bool' },
  ],
  operands: NO_OPERANDS,
  *run({ proc, engine, flags }) {
    const filters = parseFilters(flags.list('filter'), FILTERS);
    const last = flags.bool('latest') ? 1 : flags.int('last', -1);
    const all = flags.bool('all') || last > 0 || filters.has('status') || filters.has('exited');
    const shown = engine.containers
      .list()
      .reverse()
      .filter((container) => (all || container.isRunning) && matches(engine, container, filters));
    const rows = (last > 0 ? shown.slice(0, last) : shown).map((each) =>
      containerRow(engine, each, flags.bool('no-trunc')),
    );
    proc.print(formatList(flags, FORMAT, rows));
    return 0;
  },
};

/** A container as list commands show it. */
export function containerRow(engine: Engine, container: Container, full: boolean): GoStruct {
  const nowNs = engine.host.nowNs();
  const command = container.argv.join(' ');
  return {
    ID: full ? container.id : container.shortId,
    Names: container.name,
    Image: container.config.image,
    Command: JSON.stringify(full ? command : ellipsis(command, 20)),
    CreatedAt: goTimeString(container.createdNs),
    RunningFor: `${humanDuration(nowNs - container.createdNs)} ago`,
    Ports: portsColumn(container, engine.release),
    State: container.state.status,
    Status: statusText(container, nowNs),
    Size: '0B',
    Labels: [...container.config.labels].map(([name, value]) => `${name}=${value}`).join(','),
    Mounts: '',
    LocalVolumes: '0',
    Networks: [...container.networks.keys()].sort().join(','),
  };
}

/** Cut to `length` characters, the last an ellipsis (formatter.Ellipsis). */
function ellipsis(text: string, length: number): string {
  return [...text].length <= length ? text : `${[...text].slice(0, length - 1).join('')}…`;
}

/** `Up 3 minutes`, `Exited (137) 6 seconds ago` (container/state.go String). */
export function statusText({ state }: Container, nowNs: number): string {
  const ago = (ns: number | null) => humanDuration(nowNs - (ns ?? nowNs));
  switch (state.status) {
    case 'running':
      return `Up ${ago(state.startedNs)}`;
    case 'paused':
      return `Up ${ago(state.startedNs)} (Paused)`;
    case 'restarting':
      return `Restarting (${state.exitCode}) ${ago(state.finishedNs)} ago`;
    case 'created':
      return 'Created';
    case 'removing':
      return 'Removal In Progress';
    case 'dead':
      return 'Dead';
    case 'exited':
      return `Exited (${state.exitCode}) ${ago(state.finishedNs)} ago`;
  }
}

function matches(engine: Engine, container: Container, filters: Filters): boolean {
  const older = (name: string) => engine.containers.find(name)?.createdNs ?? 0;
  return (
    filters.contains('name', `/${container.name}`) &&
    filters.passes('id', (wanted) => container.id.startsWith(wanted)) &&
    filters.equals('status', container.state.status) &&
    filters.passes('exited', (code) => !container.isRunning && container.state.exitCode === Number(code)) &&
    filters.passes('ancestor', (image) => isAncestor(container, image)) &&
    filters.passes('before', (name) => container.createdNs < older(name)) &&
    filters.passes('since', (name) => container.createdNs > older(name)) &&
    filters.passes('network', (wanted) => isOnNetwork(container, wanted)) &&
    filters.passes('publish', (wanted) => publishedPorts(container).has(withProtocol(wanted))) &&
    filters.passes('expose', (wanted) => container.exposedPorts.includes(withProtocol(wanted))) &&
    filters.labels(container.config.labels)
  );
}

function isAncestor({ image, config }: Container, wanted: string): boolean {
  return (
    config.image === wanted || `${image.repository}:${image.tag}` === wanted || image.repository === wanted
  );
}

function isOnNetwork(container: Container, wanted: string): boolean {
  return [...container.networks.values()].some(
    ({ name, networkId }) => name === wanted || networkId.startsWith(wanted),
  );
}

function withProtocol(port: string): string {
  return port.includes('/') ? port : `${port}/tcp`;
}
