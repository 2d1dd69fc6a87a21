import { NO_OPERANDS, type DockerCommand } from '../docker-command.ts';
import { parseFilters } from '../filters.ts';
import { confirm, PRUNE_FLAGS } from '../confirm.ts';

export const prune: DockerCommand = {
  names: ['prune'],
  usage: '[OPTIONS]',
  summary: 'Remove all unused networks',
  flags: PRUNE_FLAGS,
  operands: NO_OPERANDS,
  *run({ proc, engine, flags }) {
    const filters = parseFilters(flags.list('filter'), ['label']);
    const warning = 'WARNING! This will remove all custom networks not used by at least one container.';
    if (!flags.bool('force') && !(yield* confirm(proc, warning))) return 0;
    const deleted = engine.networks.prune((network) => !filters.labels(network.spec.labels));
    if (deleted.length > 0) proc.print(`Deleted Networks:\n${deleted.map((name) => `${name}\n`).join('')}\n`);
    return 0;
  },
};
