import { atLeast, type DockerCommand } from '../docker-command.ts';
import { requireContainer } from '../find-object.ts';
import { printInspected } from '../print-inspected.ts';
import { inspectContainer } from './inspect-container.ts';

export const inspect: DockerCommand = {
  names: ['inspect'],
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Display detailed information on one or more containers',
  flags: [
    { name: 'format', short: 'f', kind: 'string', usage: 'Format the output using the given Go template' },
    { name: 'size', short: 's', kind: 'bool', usage: 'Display total file sizes' },
  ],
  operands: atLeast(1),
  *run({ proc, engine, flags, operands }) {
    return printInspected(proc, operands, flags.string('format'), (name) =>
      inspectContainer(engine, requireContainer(engine, name)),
    );
  },
};
