import { isAtLeast } from '../../../drivers/engine-release.ts';
import { CliError } from '../cli-error.ts';
import { between, type DockerCommand } from '../docker-command.ts';
import { requireContainer } from '../find-object.ts';
import { hostPortText, publishedPorts } from './published-ports.ts';

export const port: DockerCommand = {
  names: ['port'],
  shortcuts: ['port'],
  usage: 'CONTAINER [PRIVATE_PORT[/PROTO]]',
  summary: 'List port mappings or a specific mapping for the container',
  flags: [],
  operands: between(1, 2),
  *run({ proc, engine, operands }) {
    const [name = '', wanted] = operands;
    const ports = publishedPorts(requireContainer(engine, name));
    if (wanted === undefined) {
      for (const [key, mappings] of ports) {
        for (const mapping of mappings) proc.print(`${key} -> ${hostPortText(mapping, engine.release)}\n`);
      }
      return 0;
    }
    const [number = '', protocol = 'tcp'] = wanted.split('/');
    if (!/^\d+$/.test(number)) throw new CliError(`Error: Invalid port: ${number}`);
    const found = ports.get(`${number}/${protocol}`);
    if (found === undefined) {
      const start = isAtLeast(engine.release, 29) ? 'no' : 'Error: No';
      throw new CliError(`${start} public port '${number}/${protocol}' published for ${name}`);
    }
    for (const mapping of found) proc.print(`${hostPortText(mapping, engine.release)}\n`);
    return 0;
  },
};
