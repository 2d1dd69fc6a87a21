import { DockerError } from '../../../drivers/docker-error.ts';
import { atLeast, type DockerCommand } from '../docker-command.ts';
import { eachOperand } from '../each-operand.ts';
import { requireManager } from '../swarm/require-manager.ts';
import { findNode } from './find-node.ts';

export const rm: DockerCommand = {
  names: ['rm', 'remove'],
  usage: '[OPTIONS] NODE [NODE...]',
  summary: 'Remove one or more nodes from the swarm',
  flags: [{ name: 'force', short: 'f', kind: 'bool', usage: 'Force remove a node from the swarm' }],
  operands: atLeast(1),
  *run({ proc, engine, flags, operands }) {
    const asked = requireManager(engine);
    return yield* eachOperand(proc, operands, function* (term) {
      const member = findNode(asked, term);
      const refuse = (reason: string) =>
        new DockerError(
          'internal',
          `rpc error: code = FailedPrecondition desc = node ${member.id} ${reason}`,
        );
      if (member.role === 'manager') {
        throw refuse(
          'is a cluster manager and is a member of the raft cluster. It must be demoted to worker before removal',
        );
      }
      if (member.status === 'ready' && !flags.bool('force')) {
        throw refuse("is not down and can't be removed");
      }
      asked.cluster.removeMember(member);
    });
  },
};
