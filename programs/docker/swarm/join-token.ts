import { CliError } from '../cli-error.ts';
import { exactly, type DockerCommand } from '../docker-command.ts';
import { joinCommand } from './join-command.ts';
import { requireManager } from './require-manager.ts';

export const joinToken: DockerCommand = {
  names: ['join-token'],
  usage: '[OPTIONS] (worker|manager)',
  summary: 'Manage join tokens',
  flags: [
    { name: 'quiet', short: 'q', kind: 'bool', usage: 'Only display token' },
    { name: 'rotate', kind: 'bool', usage: 'Rotate join token' },
  ],
  operands: exactly(1),
  *run({ proc, engine, flags, operands }) {
    const [role] = operands;
    if (role !== 'worker' && role !== 'manager') throw new CliError(`unknown role ${role}`);
    const node = requireManager(engine);
    const quiet = flags.bool('quiet');
    if (flags.bool('rotate')) {
      node.cluster.rotateToken(role);
      if (!quiet) proc.print(`Successfully rotated ${role} join token.\n\n`);
    }
    const { workerToken, managerToken } = node.cluster;
    if (quiet) proc.print(`${role === 'worker' ? workerToken : managerToken}\n`);
    else proc.print(joinCommand(node, role));
    return 0;
  },
};
