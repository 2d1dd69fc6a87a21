import { atLeast, type DockerCommand } from '../docker-command.ts';
import { eachOperand } from '../each-operand.ts';
import { requireContainer } from '../find-object.ts';

export const rm: DockerCommand = {
  names: ['rm', 'remove'],
  shortcuts: ['rm'],
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Remove one or more containers',
  flags: [
    {
      name: 'force',
      short: 'f',
      kind: 'bool',
      usage: 'Force the removal of a running container (uses SIGKILL)',
    },
    { name: 'link', short: 'l', kind: 'bool' },
    {
      name: 'volumes',
      short: 'v',
      kind: 'bool',
      usage: 'Remove anonymous volumes associated with the container',
    },
  ],
  operands: atLeast(1),
  *run({ proc, engine, flags, operands }) {
    return yield* eachOperand(proc, operands, function* (name) {
      engine.containers.remove(requireContainer(engine, name), flags.bool('force'));
    });
  },
};
