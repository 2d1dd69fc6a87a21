import { processesOf } from '../../../drivers/container/lifecycle.ts';
import { DockerError } from '../../../drivers/docker-error.ts';
import { atLeast, type DockerCommand } from '../docker-command.ts';
import { alignTable } from '../format/table-writer.ts';

/** The columns of `ps -ef`. Not modelled: other options of ps, processor time, terminals, parents. */
export const top: DockerCommand = {
  names: ['top'],
  shortcuts: ['top'],
  usage: 'CONTAINER [ps OPTIONS]',
  summary: 'Display the running processes of a container',
  flags: [],
  interspersed: false,
  operands: atLeast(1),
  *run({ proc, engine, operands }) {
    const container = engine.containers.get(operands[0]!);
    if (!container.isRunning) throw new DockerError('conflict', `Container ${container.id} is not running`);
    if (operands.length > 1) throw new DockerError('invalid', 'options of ps are not modelled');
    const rows = processesOf(engine, container).map(({ pid, argv }) =>
      ['root', pid, 0, 0, '00:00', '?', '00:00:00', argv.join(' ')].join('\t'),
    );
    const heading = 'UID\tPID\tPPID\tC\tSTIME\tTTY\tTIME\tCMD';
    proc.print(alignTable([heading, ...rows].map((row) => `${row}\n`).join(''), 20));
    return 0;
  },
};
