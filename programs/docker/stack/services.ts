import { exactly, type DockerCommand } from '../docker-command.ts';
import { serviceList } from '../service/ls.ts';
import { requireManager } from '../swarm/require-manager.ts';
import { stackServices } from './stack-labels.ts';

export const services: DockerCommand = {
  names: ['services'],
  usage: '[OPTIONS] STACK',
  summary: 'List the services in the stack',
  flags: [
    { name: 'format', kind: 'string', usage: 'Pretty-print services using a Go template' },
    { name: 'quiet', short: 'q', kind: 'bool', usage: 'Only display IDs' },
  ],
  operands: exactly(1),
  *run({ proc, engine, flags, operands }) {
    const asked = requireManager(engine);
    const [stack = ''] = operands;
    const found = stackServices(asked, stack);
    if (found.length === 0) proc.printError(`Nothing found in stack: ${stack}\n`);
    else proc.print(serviceList(asked.cluster.services, found, flags));
    return 0;
  },
};
