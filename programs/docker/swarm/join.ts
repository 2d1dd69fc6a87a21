import { joinSwarm } from '../../../drivers/swarm/swarm-commands.ts';
import { exactly, type DockerCommand } from '../docker-command.ts';
import { NODE_FLAGS, nodeOptions } from './node-options.ts';

export const join: DockerCommand = {
  names: ['join'],
  usage: '[OPTIONS] HOST:PORT',
  summary: 'Join a swarm as a node and/or manager',
  flags: [...NODE_FLAGS, { name: 'token', kind: 'string', usage: 'Token for entry into the swarm' }],
  operands: exactly(1),
  *run({ proc, engine, flags, operands }) {
    const node = yield* joinSwarm(engine, proc, {
      token: flags.string('token'),
      remote: operands[0]!,
      ...nodeOptions(flags, 'join'),
    });
    proc.print(`This node joined a swarm as a ${node.isManager ? 'manager' : 'worker'}.\n`);
    return 0;
  },
};
