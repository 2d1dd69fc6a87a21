import { requireNetwork } from '../find-object.ts';
import { atLeast, type DockerCommand } from '../docker-command.ts';
import { complaintOf } from '../each-operand.ts';
import { CliError } from '../cli-error.ts';

export const rm: DockerCommand = {
  names: ['rm', 'remove'],
  usage: 'NETWORK [NETWORK...]',
  summary: 'Remove one or more networks',
  flags: [{ name: 'force', short: 'f', kind: 'bool' }],
  operands: atLeast(1),
  *run({ proc, engine, flags, operands }) {
    let code = 0;
    for (const name of operands) {
      try {
        engine.networks.remove(requireNetwork(engine, name).id);
        proc.print(`${name}\n`);
      } catch (error) {
        const isMissing = error instanceof CliError;
        if (isMissing && flags.bool('force')) continue;
        proc.printError(`${complaintOf(error)}\n`);
        code = 1;
      }
    }
    return code;
  },
};
