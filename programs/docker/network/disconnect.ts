import { exactly, type DockerCommand } from '../docker-command.ts';

export const disconnect: DockerCommand = {
  names: ['disconnect'],
  usage: '[OPTIONS] NETWORK CONTAINER',
  summary: 'Disconnect a container from a network',
  flags: [
    { name: 'force', short: 'f', kind: 'bool', usage: 'Force the container to disconnect from a network' },
  ],
  operands: exactly(2),
  *run({ engine, operands }) {
    const network = engine.networks.get(operands[0]!);
    engine.containers.disconnect(engine.containers.get(operands[1]!), network);
    return 0;
  },
};
