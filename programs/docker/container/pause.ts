import { pauseContainer } from '../../../drivers/container/lifecycle.ts';
import { atLeast, type DockerCommand } from '../docker-command.ts';
import { eachOperand } from '../each-operand.ts';

export const pause: DockerCommand = {
  names: ['pause'],
  shortcuts: ['pause'],
  usage: 'CONTAINER [CONTAINER...]',
  summary: 'Pause all processes within one or more containers',
  flags: [],
  operands: atLeast(1),
  *run({ proc, engine, operands }) {
    return yield* eachOperand(proc, operands, function* (name) {
      pauseContainer(engine, engine.containers.get(name));
    });
  },
};
