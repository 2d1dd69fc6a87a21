import type { NodeRole } from '../../../drivers/swarm/cluster.ts';
import { DockerError } from '../../../drivers/docker-error.ts';
import { atLeast, type DockerCommand } from '../docker-command.ts';
import { complaintOf } from '../each-operand.ts';
import { requireManager } from '../swarm/require-manager.ts';
import { findNode } from './find-node.ts';

/** `docker node promote` and `docker node demote`. */
export function roleCommand(name: 'promote' | 'demote', role: NodeRole, summary: string): DockerCommand {
  return {
    names: [name],
    usage: 'NODE [NODE...]',
    summary,
    flags: [],
    operands: atLeast(1),
    *run({ proc, engine, operands }) {
      const asked = requireManager(engine);
      try {
        for (const term of operands) {
          const member = findNode(asked, term);
          if (member.role === role) {
            proc.print(`Node ${term} is already a ${role}.\n`);
            continue;
          }
          changeRole(asked, member, role);
          const said = role === 'manager' ? 'promoted to a manager' : 'demoted in the swarm';
          proc.print(
            role === 'manager' ? `Node ${term} ${said} in the swarm.\n` : `Manager ${term} ${said}.\n`,
          );
        }
        return 0;
      } catch (error) {
        proc.printError(`${complaintOf(error)}\n`);
        return 1;
      }
    },
  };
}

/** Docker's error when the last manager would go. */
export function changeRole(
  asked: ReturnType<typeof requireManager>,
  member: ReturnType<typeof findNode>,
  role: NodeRole,
): void {
  if (role === 'worker' && asked.cluster.managers.length === 1) {
    throw new DockerError(
      'internal',
      'rpc error: code = FailedPrecondition desc = attempting to demote the last manager of the swarm',
    );
  }
  member.role = role;
  member.node?.roleChanged();
}
