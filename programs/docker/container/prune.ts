import { NO_OPERANDS, type DockerCommand } from '../docker-command.ts';
import { parseFilters } from '../filters.ts';
import { confirm, PRUNE_FLAGS } from '../confirm.ts';

export const prune: DockerCommand = {
  names: ['prune'],
  usage: '[OPTIONS]',
  summary: 'Remove all stopped containers',
  flags: PRUNE_FLAGS,
  operands: NO_OPERANDS,
  *run({ proc, engine, flags }) {
    const filters = parseFilters(flags.list('filter'), ['label']);
    const warning = 'WARNING! This will remove all stopped containers.';
    if (!flags.bool('force') && !(yield* confirm(proc, warning))) return 0;
    const stopped = engine.containers
      .list()
      .filter(
        (each) => !each.isRunning && each.state.status !== 'restarting' && filters.labels(each.config.labels),
      );
    for (const container of stopped) engine.containers.remove(container, false);
    if (stopped.length > 0)
      proc.print(`Deleted Containers:\n${stopped.map(({ id }) => `${id}\n`).join('')}\n`);
    proc.print('Total reclaimed space: 0B\n');
    return 0;
  },
};
