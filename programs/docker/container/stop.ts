import { stopContainer } from '../../../drivers/container/lifecycle.ts';
import { atLeast, type DockerCommand } from '../docker-command.ts';
import { eachOperand } from '../each-operand.ts';

export const stop: DockerCommand = {
  names: ['stop'],
  shortcuts: ['stop'],
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Stop one or more running containers',
  flags: [
    { name: 'signal', short: 's', kind: 'string' },
    {
      name: 'time',
      short: 't',
      kind: 'int',
      usage: 'Seconds to wait for stop before killing it',
      byDefault: '10',
    },
    { name: 'timeout', kind: 'int' },
  ],
  operands: atLeast(1),
  *run({ proc, engine, flags, operands }) {
    const given = flags.list('time', 'timeout').at(-1);
    return yield* eachOperand(proc, operands, function* (name) {
      const container = engine.containers.get(name);
      yield* stopContainer(engine, proc, container, given === undefined ? null : Number(given));
    });
  },
};
