import { SIGKILL } from '../../../core/host/process.ts';
import { DockerError } from '../../../drivers/docker-error.ts';
import { killContainer } from '../../../drivers/container/lifecycle.ts';
import { signalNumber } from '../../../drivers/container/signal-names.ts';
import { atLeast, type DockerCommand } from '../docker-command.ts';
import { eachOperand } from '../each-operand.ts';

export const kill: DockerCommand = {
  names: ['kill'],
  shortcuts: ['kill'],
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Kill one or more running containers',
  flags: [
    {
      name: 'signal',
      short: 's',
      kind: 'string',
      usage: 'Signal to send to the container',
      byDefault: '"KILL"',
    },
  ],
  operands: atLeast(1),
  *run({ proc, engine, flags, operands }) {
    const text = flags.string('signal', 'KILL');
    const signal = signalNumber(text);
    return yield* eachOperand(proc, operands, function* (name) {
      const container = engine.containers.find(name);
      if (container === undefined) {
        throw new DockerError('notFound', `Cannot kill container: ${name}: No such container: ${name}`);
      }
      if (signal === null) throw new DockerError('invalid', `Invalid signal: ${text}`);
      killContainer(engine, container, signal ?? SIGKILL);
    });
  },
};
