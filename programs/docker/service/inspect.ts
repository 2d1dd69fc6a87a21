import { atLeast, type DockerCommand } from '../docker-command.ts';
import { CliError } from '../cli-error.ts';
import { printInspected } from '../print-inspected.ts';
import { requireManager } from '../swarm/require-manager.ts';
import { findService } from './find-service.ts';
import { inspectService } from './inspect-service.ts';
import { prettyService } from './pretty-service.ts';

export const inspect: DockerCommand = {
  names: ['inspect'],
  usage: '[OPTIONS] SERVICE [SERVICE...]',
  summary: 'Display detailed information on one or more services',
  flags: [
    { name: 'format', short: 'f', kind: 'string', usage: 'Format the output using the given Go template' },
    { name: 'pretty', kind: 'bool', usage: 'Print the information in a human friendly format' },
  ],
  operands: atLeast(1),
  *run({ proc, engine, flags, operands }) {
    const asked = requireManager(engine);
    if (flags.bool('pretty')) {
      if (flags.has('format')) throw new CliError('--format is incompatible with human friendly format');
      for (const term of operands) proc.print(prettyService(asked.cluster, findService(asked, term)));
      return 0;
    }
    return printInspected(
      proc,
      operands,
      flags.string('format'),
      (term) => inspectService(findService(asked, term, 'Error: no such service')),
      { escapesHtml: true },
    );
  },
};
