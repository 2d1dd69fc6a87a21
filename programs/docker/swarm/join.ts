import { joinSwarm } from '../../../drivers/swarm/swarm-commands.ts';
import { exactly, type DockerCommand } from '../docker-command.ts';

export const join: DockerCommand = {
  names: ['join'],
  usage: '[OPTIONS] HOST:PORT',
  summary: 'Join a swarm as a node and/or manager',
  flags: [
    { name: 'advertise-addr', kind: 'string', usage: 'Advertised address (format: <ip|interface>[:port])' },
    {
      name: 'data-path-addr',
      kind: 'string',
      usage: 'Address or interface to use for data path traffic (format: <ip|interface>)',
    },
    { name: 'token', kind: 'string', usage: 'Token for entry into the swarm' },
  ],
  operands: exactly(1),
  *run({ proc, engine, flags, operands }) {
    const node = yield* joinSwarm(engine, proc, {
      token: flags.string('token'),
      remote: operands[0]!,
      advertiseAddress: flags.string('advertise-addr'),
      dataPathAddress: flags.string('data-path-addr'),
    });
    proc.print(`This node joined a swarm as a ${node.isManager ? 'manager' : 'worker'}.\n`);
    return 0;
  },
};
