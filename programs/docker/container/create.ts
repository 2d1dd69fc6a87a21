import { CliError } from '../cli-error.ts';
import { atLeast, type DockerCommand } from '../docker-command.ts';
import { CONTAINER_FLAGS } from './container-flags.ts';
import { containerSpec } from './container-options.ts';
import { OptionError } from './option-error.ts';
import { withHelp } from './run.ts';

export const create: DockerCommand = {
  names: ['create'],
  shortcuts: ['create'],
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  summary: 'Create a new container',
  flags: CONTAINER_FLAGS,
  interspersed: false,
  operands: atLeast(1),
  *run({ proc, engine, flags, operands }) {
    let spec;
    try {
      spec = containerSpec(proc, flags, operands);
    } catch (error) {
      if (!(error instanceof OptionError)) throw error;
      throw new CliError(withHelp(engine.release, 'create', error.message), 125);
    }
    const { container, warnings } = engine.containers.create(spec);
    for (const warning of warnings) proc.printError(`WARNING: ${warning}\n`);
    proc.print(`${container.id}\n`);
    return 0;
  },
};
