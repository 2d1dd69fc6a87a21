import { killContainer } from '../../../drivers/container/lifecycle.ts';
import { signalNumber } from '../../../drivers/container/signal-names.ts';
import { CliError } from '../cli-error.ts';
import type { DockerCommand } from '../docker-command.ts';
import { progress } from './progress.ts';
import { chosenContainers, runningWork } from './work.ts';

export const kill: DockerCommand = {
  names: ['kill'],
  usage: '[OPTIONS] [SERVICE...]',
  summary: 'Force stop service containers',
  flags: [
    { name: 'remove-orphans', kind: 'bool' },
    {
      name: 'signal',
      short: 's',
      kind: 'string',
      usage: 'SIGNAL to send to the container',
      byDefault: '"SIGKILL"',
    },
  ],
  operands: { min: 0, max: Infinity },
  *run(context) {
    const { proc, engine, flags, operands } = context;
    const name = flags.string('signal', 'SIGKILL');
    const signal = signalNumber(name);
    if (signal === null) throw new CliError(`Error response from daemon: Invalid signal: ${name}`);
    for (const container of chosenContainers(runningWork(context), operands)) {
      if (!container.isRunning) continue;
      progress(proc, `Container ${container.name}`, 'Killing');
      killContainer(engine, container, signal);
      progress(proc, `Container ${container.name}`, 'Killed');
    }
    return 0;
  },
};
