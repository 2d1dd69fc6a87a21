import { DockerError } from '../../../drivers/docker-error.ts';
import { failureCode, startContainer } from '../../../drivers/container/lifecycle.ts';
import type { Container } from '../../../drivers/container/container.ts';
import { isAtLeast, type EngineRelease } from '../../../drivers/engine-release.ts';
import { CliError } from '../cli-error.ts';
import { atLeast, type DockerCommand, type DockerContext } from '../docker-command.ts';
import { attachContainer, followOutput } from './attach-container.ts';
import { CONTAINER_FLAGS } from './container-flags.ts';
import { containerSpec } from './container-options.ts';
import { OptionError } from './option-error.ts';

export const run: DockerCommand = {
  names: ['run'],
  shortcuts: ['run'],
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  summary: 'Run a command in a new container',
  flags: [
    { name: 'detach', short: 'd', kind: 'bool', usage: 'Run container in background and print container ID' },
    { name: 'detach-keys', kind: 'string' },
    {
      name: 'sig-proxy',
      kind: 'bool',
      usage: 'Proxy received signals to the process',
      byDefault: 'true',
    },
    ...CONTAINER_FLAGS,
  ],
  interspersed: false,
  operands: atLeast(1),
  *run(context) {
    const { proc, engine, flags } = context;
    const container = createForRun(context);
    const detached = flags.bool('detach');
    if (detached) proc.print(`${container.id}\n`);
    else followOutput(proc, container);
    try {
      startContainer(engine, container);
    } catch (error) {
      if (!(error instanceof DockerError)) throw error;
      const code = failureCode(error);
      const text = `Error response from daemon: ${error.message}`;
      throw new CliError(startFailure(engine.release, text), code === 128 ? 125 : code);
    }
    if (detached) return 0;
    return yield* attachContainer(proc, engine, container, {
      stdin: flags.bool('interactive'),
      proxySignals: flags.bool('sig-proxy', true) && !flags.bool('tty'),
    });
  },
};

function createForRun({ proc, engine, flags, operands }: DockerContext): Container {
  try {
    const { container, warnings } = engine.containers.create(containerSpec(proc, flags, operands));
    for (const warning of warnings) proc.printError(`WARNING: ${warning}\n`);
    return container;
  } catch (error) {
    if (error instanceof OptionError) throw new CliError(withHelp(engine.release, 'run', error.message), 125);
    if (!(error instanceof DockerError)) throw error;
    const text = `Error response from daemon: ${error.message}`;
    throw new CliError(withHelp(engine.release, 'run', text), 125);
  }
}

/** What `docker run` says when the container does not start: up to release 27 without a word on help. */
function startFailure(release: EngineRelease, text: string): string {
  return isAtLeast(release, 28) ? withHelp(release, 'run', text) : `docker: ${sentence(text)}`;
}

/** An error of `docker run` and `docker create`, and where help is (docker/cli reportError; from 28 withHelp). */
export function withHelp(release: EngineRelease, command: string, text: string): string {
  if (isAtLeast(release, 28)) return `docker: ${text}\n\nRun 'docker ${command} --help' for more information`;
  return `docker: ${sentence(text)}\nSee 'docker ${command} --help'.`;
}

/** With one full stop at the end. */
function sentence(text: string): string {
  return `${text.replace(/\.$/, '')}.`;
}
