import { DockerError } from '../../../drivers/docker-error.ts';
import { failureCode, startContainer } from '../../../drivers/container/lifecycle.ts';
import type { Container } from '../../../drivers/container/container.ts';
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
      throw new CliError(
        `docker: Error response from daemon: ${sentence(error.message)}`,
        code === 128 ? 125 : code,
      );
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
    const help = "\nSee 'docker run --help'.";
    if (error instanceof OptionError) throw new CliError(`docker: ${sentence(error.message)}${help}`, 125);
    if (!(error instanceof DockerError)) throw error;
    throw new CliError(`docker: Error response from daemon: ${sentence(error.message)}${help}`, 125);
  }
}

/** With one full stop at the end. */
export function sentence(text: string): string {
  return `${text.replace(/\.$/, '')}.`;
}
