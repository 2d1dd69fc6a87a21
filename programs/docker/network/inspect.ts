import { requireNetwork } from '../find-object.ts';
import { atLeast, type DockerCommand } from '../docker-command.ts';
import { inspectNetwork } from './inspect-network.ts';
import { printInspected } from '../print-inspected.ts';

export const inspect: DockerCommand = {
  names: ['inspect'],
  usage: '[OPTIONS] NETWORK [NETWORK...]',
  summary: 'Display detailed information on one or more networks',
  flags: [
    { name: 'format', short: 'f', kind: 'string', usage: 'Format the output using the given Go template' },
    { name: 'verbose', short: 'v', kind: 'bool', usage: 'Verbose output for diagnostics' },
  ],
  operands: atLeast(1),
  *run({ proc, engine, flags, operands }) {
    return printInspected(proc, operands, flags.string('format'), (name) =>
      inspectNetwork(engine, requireNetwork(engine, name), flags.bool('verbose')),
    );
  },
};
