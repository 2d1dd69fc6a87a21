import { CliError } from '../cli-error.ts';
import { exactly, type DockerCommand } from '../docker-command.ts';
import { requireContainer } from '../find-object.ts';
import { attachContainer, followOutput } from './attach-container.ts';

export const attach: DockerCommand = {
  names: ['attach'],
  shortcuts: ['attach'],
  usage: '[OPTIONS] CONTAINER',
  summary: 'Attach local standard input, output, and error streams to a running container',
  flags: [
    {
      name: 'detach-keys',
      kind: 'string',
      usage: 'Override the key sequence for detaching a container',
    },
    { name: 'no-stdin', kind: 'bool', usage: 'Do not attach STDIN' },
    {
      name: 'sig-proxy',
      kind: 'bool',
      usage: 'Proxy all received signals to the process',
      byDefault: 'true',
    },
  ],
  operands: exactly(1),
  *run({ proc, engine, flags, operands }) {
    const container = requireContainer(engine, operands[0]!);
    if (!container.isRunning) throw new CliError('You cannot attach to a stopped container, start it first');
    if (container.isPaused) throw new CliError('You cannot attach to a paused container, unpause it first');
    followOutput(proc, container);
    return yield* attachContainer(proc, engine, container, {
      stdin: container.config.openStdin && !flags.bool('no-stdin'),
      proxySignals: flags.bool('sig-proxy', true) && !container.config.tty,
    });
  },
};
