import { NO_OPERANDS, type DockerCommand } from '../docker-command.ts';
import { COMPOSE_VERSION } from './labels.ts';

export const version: DockerCommand = {
  names: ['version'],
  usage: '[OPTIONS]',
  summary: 'Show the Docker Compose version information',
  flags: [
    { name: 'format', short: 'f', kind: 'string', usage: 'Format the output', byDefault: '"pretty"' },
    { name: 'short', kind: 'bool', usage: "Shows only Compose's version number" },
  ],
  operands: NO_OPERANDS,
  *run({ proc, flags }) {
    if (flags.bool('short')) proc.print(`${COMPOSE_VERSION}\n`);
    else if (flags.string('format') === 'json') proc.print(`{"version":"v${COMPOSE_VERSION}"}\n`);
    else proc.print(`Docker Compose version v${COMPOSE_VERSION}\n`);
    return 0;
  },
};
