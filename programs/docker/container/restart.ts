import { startContainer, stopContainer } from '../../../drivers/container/lifecycle.ts';
import { atLeast, type DockerCommand } from '../docker-command.ts';
import { eachOperand } from '../each-operand.ts';

export const restart: DockerCommand = {
  names: ['restart'],
  shortcuts: ['restart'],
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Restart one or more containers',
  flags: [
    {
      name: 'time',
      short: 't',
      kind: 'int',
      usage: 'Seconds to wait for stop before killing the container',
      byDefault: '10',
    },
  ],
  operands: atLeast(1),
  *run({ proc, engine, flags, operands }) {
    const timeoutS = flags.has('time') ? flags.int('time', 10) : null;
    return yield* eachOperand(proc, operands, function* (name) {
      const container = engine.containers.get(name);
      yield* stopContainer(engine, proc, container, timeoutS);
      startContainer(engine, container);
    });
  },
};
