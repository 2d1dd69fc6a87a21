import { exactly, type DockerCommand } from '../docker-command.ts';

export const rename: DockerCommand = {
  names: ['rename'],
  shortcuts: ['rename'],
  usage: 'CONTAINER NEW_NAME',
  summary: 'Rename a container',
  flags: [],
  operands: exactly(2),
  *run({ engine, operands }) {
    engine.containers.rename(engine.containers.get(operands[0]!), operands[1]!);
    return 0;
  },
};
