import { NO_OPERANDS, type DockerCommand } from '../docker-command.ts';
import { formatList } from '../format/list-format.ts';
import { formatFlag } from '../list-flags.ts';
import { compareNaturally } from '../natural-order.ts';
import { requireManager } from '../swarm/require-manager.ts';
import { STACK_LABEL } from './stack-labels.ts';

const FORMAT = {
  table: '{{.Name}}\t{{.Services}}\t{{.Orchestrator}}',
  quiet: '{{.Name}}',
  headers: { Name: 'NAME', Services: 'SERVICES', Orchestrator: 'ORCHESTRATOR' },
};

export const ls: DockerCommand = {
  names: ['ls', 'list'],
  usage: '[OPTIONS]',
  summary: 'List stacks',
  flags: [formatFlag('stacks'), { name: 'orchestrator', kind: 'string' }],
  operands: NO_OPERANDS,
  *run({ proc, engine, flags }) {
    const counts = new Map<string, number>();
    for (const { spec } of requireManager(engine).cluster.services.list()) {
      const stack = spec.labels[STACK_LABEL];
      if (stack !== undefined) counts.set(stack, (counts.get(stack) ?? 0) + 1);
    }
    const rows = [...counts]
      .sort(([a], [b]) => compareNaturally(a, b))
      .map(([name, services]) => ({ Name: name, Services: String(services), Orchestrator: 'Swarm' }));
    proc.print(formatList(flags, FORMAT, rows));
    return 0;
  },
};
