import { NO_OPERANDS, type DockerCommand } from '../docker-command.ts';
import { parseFilters } from '../filters.ts';
import { goJson } from '../format/go-json.ts';
import { alignTable } from '../format/table-writer.ts';
import { quietFlag } from '../list-flags.ts';
import { CONFIG_FILES_LABEL, PROJECT_LABEL, projectContainers } from './labels.ts';

/** Compose's own tables have columns of 20 characters at least (cmd/formatter/pretty.go). */
const MIN_WIDTH = 20;

export const ls: DockerCommand = {
  names: ['ls'],
  usage: '[OPTIONS]',
  summary: 'List running compose projects',
  flags: [
    { name: 'all', short: 'a', kind: 'bool', usage: 'Show all stopped Compose projects' },
    {
      name: 'filter',
      kind: 'list',
      type: 'filter',
      usage: 'Filter output based on conditions provided',
    },
    { name: 'format', kind: 'string', usage: 'Format the output', byDefault: '"table"' },
    quietFlag(),
  ],
  operands: NO_OPERANDS,
  *run({ proc, engine, flags }) {
    const filters = parseFilters(flags.list('filter'), ['name']);
    const names = engine.containers.list().flatMap(({ config }) => config.labels.get(PROJECT_LABEL) ?? []);
    const rows = [...new Set(names)]
      .filter((name) => filters.contains('name', name))
      .sort()
      .flatMap((name) => {
        const shown = projectContainers(engine, name).filter(
          ({ isRunning }) => flags.bool('all') || isRunning,
        );
        if (shown.length === 0) return [];
        const files = new Set(shown.flatMap(({ config }) => config.labels.get(CONFIG_FILES_LABEL) ?? []));
        const Status = combinedStatus(shown.map(({ state }) => state.status));
        return [{ Name: name, Status, ConfigFiles: [...files].join(',') }];
      });
    if (flags.bool('quiet')) proc.print(rows.map(({ Name }) => `${Name}\n`).join(''));
    else if (flags.string('format') === 'json') proc.print(`${goJson(rows)}\n`);
    else {
      const lines = rows.map(({ Name, Status, ConfigFiles }) => `${Name}\t${Status}\t${ConfigFiles}\n`);
      proc.print(alignTable(`NAME\tSTATUS\tCONFIG FILES\n${lines.join('')}`, MIN_WIDTH));
    }
    return 0;
  },
};

/** `exited(1), running(2)` (pkg/compose/ls.go combinedStatus). */
function combinedStatus(statuses: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const status of [...statuses].sort()) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${status}(${count})`).join(', ');
}
