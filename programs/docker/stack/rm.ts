import { atLeast, type DockerCommand } from '../docker-command.ts';
import { requireManager } from '../swarm/require-manager.ts';
import { stackNetworks, stackServices } from './stack-labels.ts';

export const rm: DockerCommand = {
  names: ['rm', 'remove', 'down'],
  usage: '[OPTIONS] STACK [STACK...]',
  summary: 'Remove one or more stacks',
  flags: [{ name: 'orchestrator', kind: 'string' }],
  operands: atLeast(1),
  *run({ proc, engine, operands }) {
    const asked = requireManager(engine);
    for (const stack of operands) {
      const services = stackServices(asked, stack);
      const networks = stackNetworks(asked, stack);
      if (services.length + networks.length === 0) proc.printError(`Nothing found in stack: ${stack}\n`);
      for (const service of services) {
        proc.print(`Removing service ${service.spec.name}\n`);
        asked.cluster.services.remove(service);
      }
      for (const { id, spec } of networks) {
        proc.print(`Removing network ${spec.name}\n`);
        engine.networks.remove(id);
      }
    }
    return 0;
  },
};
