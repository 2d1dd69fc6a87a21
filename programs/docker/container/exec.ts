import { OutputDescriptor } from '../../../core/host/descriptor.ts';
import { SIGINT } from '../../../core/host/process.ts';
import { EMPTY_INPUT, TextBuffer } from '../../../core/host/streams.ts';
import { isAtLeast } from '../../../drivers/engine-release.ts';
import { ContainerInput } from '../../../drivers/container/container-input.ts';
import { ExecStartError, checkRunning, execInContainer } from '../../../drivers/container/exec.ts';
import { CliError } from '../cli-error.ts';
import { atLeast, type DockerCommand } from '../docker-command.ts';
import { requireContainer } from '../find-object.ts';
import { attachClient } from './attach-client.ts';

export const exec: DockerCommand = {
  names: ['exec'],
  shortcuts: ['exec'],
  usage: '[OPTIONS] CONTAINER COMMAND [ARG...]',
  summary: 'Run a command in a running container',
  flags: [
    { name: 'detach', short: 'd', kind: 'bool', usage: 'Detached mode: run command in the background' },
    { name: 'detach-keys', kind: 'string' },
    { name: 'env', short: 'e', kind: 'list', usage: 'Set environment variables' },
    { name: 'env-file', kind: 'list', usage: 'Read in a file of environment variables' },
    { name: 'interactive', short: 'i', kind: 'bool', usage: 'Keep STDIN open even if not attached' },
    { name: 'privileged', kind: 'bool', usage: 'Give extended privileges to the command' },
    { name: 'tty', short: 't', kind: 'bool', usage: 'Allocate a pseudo-TTY' },
    { name: 'user', short: 'u', kind: 'string', usage: 'Username or UID (format: <name|uid>[:<group|gid>])' },
    { name: 'workdir', short: 'w', kind: 'string', usage: 'Working directory inside the container' },
  ],
  interspersed: false,
  operands: atLeast(2),
  *run({ proc, engine, flags, operands }) {
    const [name = '', ...argv] = operands;
    const container = requireContainer(engine, name);
    checkRunning(container);
    const detached = flags.bool('detach');
    const input = flags.bool('interactive') && !detached ? new ContainerInput(flags.bool('tty')) : null;
    let process;
    try {
      process = execInContainer(engine, container, {
        argv,
        environment: flags.list('env'),
        workingDirectory: flags.string('workdir'),
        privileged: flags.bool('privileged'),
        stdin: input ?? EMPTY_INPUT,
        stdout: detached ? new TextBuffer() : OutputDescriptor.duplicate(proc.stdout),
        stderr: detached ? new TextBuffer() : OutputDescriptor.duplicate(proc.stderr),
      });
    } catch (error) {
      // The runtime's words come over the attached output, so they lack the daemon's preface.
      if (!(error instanceof ExecStartError) || detached) throw error;
      throw new CliError(error.message, isAtLeast(engine.release, 25) ? 127 : 126);
    }
    if (detached) return 0;
    const result = yield* attachClient(proc, {
      input,
      ended: process.exited,
      hasEnded: () => process.exitCode !== null,
      signal: null,
      interrupt: () => process.kill(SIGINT),
    });
    return result === 'detached' ? 0 : process.exitCode!;
  },
};
