import { exactly, type DockerCommand } from '../docker-command.ts';
import { requireManager } from '../swarm/require-manager.ts';
import { findService } from './find-service.ts';
import { waitConverged } from './wait-converged.ts';

export const rollback: DockerCommand = {
  names: ['rollback'],
  usage: '[OPTIONS] SERVICE',
  summary: "Revert changes to a service's configuration",
  flags: [
    {
      name: 'detach',
      short: 'd',
      kind: 'bool',
      usage: 'Exit immediately instead of waiting for convergence',
    },
    { name: 'quiet', short: 'q', kind: 'bool', usage: 'Suppress progress output' },
  ],
  operands: exactly(1),
  *run({ proc, engine, flags, operands }) {
    const asked = requireManager(engine);
    const { services } = asked.cluster;
    const [term = ''] = operands;
    const service = findService(asked, term);
    services.rollback(service);
    proc.print(`${term}\n`);
    if (!flags.bool('detach')) yield* waitConverged(proc, services, service, flags.bool('quiet'));
    return 0;
  },
};
