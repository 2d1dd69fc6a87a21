import { exactly, type DockerCommand } from '../docker-command.ts';
import { formatFlag, quietFlag } from '../list-flags.ts';
import { serviceList } from '../service/ls.ts';
import { requireManager } from '../swarm/require-manager.ts';
import { stackServices } from './stack-labels.ts';

export const services: DockerCommand = {
  names: ['services'],
  usage: '[OPTIONS] STACK',
  summary: 'List the services in the stack',
  flags: [formatFlag('services'), quietFlag()],
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
