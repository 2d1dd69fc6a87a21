import { CliError } from '../cli-error.ts';
import { hostPortText, publishedPorts } from '../container/published-ports.ts';
import { exactly, type DockerCommand } from '../docker-command.ts';
import { INDEX_FLAG, oneContainer } from './one-container.ts';
import { runningWork } from './work.ts';

export const port: DockerCommand = {
  names: ['port'],
  usage: '[OPTIONS] SERVICE PRIVATE_PORT',
  summary: 'Print the public port for a port binding',
  flags: [INDEX_FLAG, { name: 'protocol', kind: 'string', usage: 'tcp or udp', byDefault: '"tcp"' }],
  operands: exactly(2),
  *run(context) {
    const { proc, engine, flags, operands } = context;
    const [key = '', number = ''] = operands;
    const container = oneContainer(runningWork(context), key, flags);
    const wanted = `${number}/${flags.string('protocol', 'tcp')}`;
    const [mapping] = publishedPorts(container).get(wanted) ?? [];
    if (mapping === undefined) {
      const published = [...publishedPorts(container)].flatMap(([name, mappings]) =>
        mappings.map(({ hostPort }) => `${hostPort}/${name.split('/')[1]}`),
      );
      throw new CliError(`no port ${wanted} for container ${container.name}: ${published.join(', ')}`);
    }
    proc.print(`${hostPortText(mapping, engine.release)}\n`);
    return 0;
  },
};
