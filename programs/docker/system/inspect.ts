import { isAtLeast } from '../../../drivers/engine-release.ts';
import { CliError } from '../cli-error.ts';
import { inspectContainer } from '../container/inspect-container.ts';
import { atLeast, type DockerCommand } from '../docker-command.ts';
import { requireContainer, requireNetwork } from '../find-object.ts';
import { inspectNetwork } from '../network/inspect-network.ts';
import { printInspected } from '../print-inspected.ts';

/** `docker inspect`: containers first, then networks, unless `--type` says which. */
export const inspect: DockerCommand = {
  names: [],
  shortcuts: ['inspect'],
  usage: '[OPTIONS] NAME|ID [NAME|ID...]',
  summary: 'Return low-level information on Docker objects',
  flags: [
    { name: 'format', short: 'f', kind: 'string', usage: 'Format the output using the given Go template' },
    {
      name: 'size',
      short: 's',
      kind: 'bool',
      usage: 'Display total file sizes if the type is container',
    },
    { name: 'type', kind: 'string', usage: 'Return JSON for specified type' },
  ],
  operands: atLeast(1),
  *run({ proc, engine, flags, operands }) {
    const type = flags.string('type');
    if (!['', 'container', 'network'].includes(type)) {
      throw new CliError(`${JSON.stringify(type)} is not a valid value for --type`);
    }
    return printInspected(proc, operands, flags.string('format'), (name) => {
      if (type === 'container') return inspectContainer(engine, requireContainer(engine, name));
      if (type === 'network') return inspectNetwork(engine, requireNetwork(engine, name));
      const container = engine.containers.find(name);
      if (container !== undefined) return inspectContainer(engine, container);
      const network = engine.networks.find(name);
      if (network !== undefined) return inspectNetwork(engine, network);
      throw new CliError(`${isAtLeast(engine.release, 28) ? 'error' : 'Error'}: No such object: ${name}`);
    });
  },
};
