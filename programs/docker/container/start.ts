import { startContainer } from '../../../drivers/container/lifecycle.ts';
import { CliError } from '../cli-error.ts';
import { atLeast, type DockerCommand } from '../docker-command.ts';
import { complaintOf } from '../each-operand.ts';
import { requireContainer } from '../find-object.ts';
import { attachContainer, followOutput } from './attach-container.ts';

export const start: DockerCommand = {
  names: ['start'],
  shortcuts: ['start'],
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Start one or more stopped containers',
  flags: [
    { name: 'attach', short: 'a', kind: 'bool', usage: 'Attach STDOUT/STDERR and forward signals' },
    { name: 'detach-keys', kind: 'string' },
    { name: 'interactive', short: 'i', kind: 'bool', usage: "Attach container's STDIN" },
  ],
  operands: atLeast(1),
  *run({ proc, engine, flags, operands }) {
    if (flags.bool('attach') || flags.bool('interactive')) {
      if (operands.length > 1) throw new CliError('you cannot start and attach multiple containers at once');
      const container = requireContainer(engine, operands[0]!);
      followOutput(proc, container);
      startContainer(engine, container);
      return yield* attachContainer(proc, engine, container, {
        stdin: flags.bool('interactive'),
        proxySignals: !container.config.tty,
      });
    }
    const failed: string[] = [];
    for (const name of operands) {
      try {
        startContainer(engine, engine.containers.get(name));
        proc.print(`${name}\n`);
      } catch (error) {
        proc.printError(`${complaintOf(error)}\n`);
        failed.push(name);
      }
    }
    if (failed.length > 0) throw new CliError(`Error: failed to start containers: ${failed.join(', ')}`);
    return 0;
  },
};
