import { atLeast, type DockerCommand } from '../docker-command.ts';
import { eachOperand } from '../each-operand.ts';
import { requireManager } from '../swarm/require-manager.ts';
import { findService } from './find-service.ts';

export const rm: DockerCommand = {
  names: ['rm', 'remove'],
  usage: 'SERVICE [SERVICE...]',
  summary: 'Remove one or more services',
  flags: [],
  operands: atLeast(1),
  *run({ proc, engine, operands }) {
    const asked = requireManager(engine);
    return yield* eachOperand(proc, operands, function* (term) {
      asked.cluster.services.remove(findService(asked, term));
    });
  },
};
