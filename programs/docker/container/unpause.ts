import { unpauseContainer } from '../../../drivers/container/lifecycle.ts';
import { atLeast, type DockerCommand } from '../docker-command.ts';
import { eachOperand } from '../each-operand.ts';

export const unpause: DockerCommand = {
  names: ['unpause'],
  shortcuts: ['unpause'],
  usage: 'CONTAINER [CONTAINER...]',
  summary: 'Unpause all processes within one or more containers',
  flags: [],
  operands: atLeast(1),
  *run({ proc, engine, operands }) {
    return yield* eachOperand(proc, operands, function* (name) {
      unpauseContainer(engine, engine.containers.get(name));
    });
  },
};
