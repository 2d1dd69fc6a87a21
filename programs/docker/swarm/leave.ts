import { leaveSwarm } from '../../../drivers/swarm/swarm-commands.ts';
import { NO_OPERANDS, type DockerCommand } from '../docker-command.ts';

export const leave: DockerCommand = {
  names: ['leave'],
  usage: '[OPTIONS]',
  summary: 'Leave the swarm',
  flags: [
    {
      name: 'force',
      short: 'f',
      kind: 'bool',
      usage: 'Force this node to leave the swarm, ignoring warnings',
    },
  ],
  operands: NO_OPERANDS,
  *run({ proc, engine, flags }) {
    leaveSwarm(engine, flags.bool('force'));
    proc.print('Node left the swarm.\n');
    return 0;
  },
};
