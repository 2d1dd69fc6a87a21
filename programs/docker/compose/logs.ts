import type { DockerCommand } from '../docker-command.ts';
import { lastLines } from '../container/logs.ts';
import { LogPrinter } from './log-printer.ts';
import { chosenContainers, runningWork } from './work.ts';

export const logs: DockerCommand = {
  names: ['logs'],
  usage: '[OPTIONS] [SERVICE...]',
  summary: 'View output from containers',
  flags: [
    { name: 'follow', short: 'f', kind: 'bool', usage: 'Follow log output' },
    { name: 'no-color', kind: 'bool', usage: 'Produce monochrome output' },
    { name: 'no-log-prefix', kind: 'bool', usage: "Don't print prefix in logs" },
    {
      name: 'tail',
      short: 'n',
      kind: 'string',
      usage: 'Number of lines to show from the end of the logs for each container',
      byDefault: '"all"',
    },
    { name: 'timestamps', short: 't', kind: 'bool', usage: 'Show timestamps' },
  ],
  operands: { min: 0, max: Infinity },
  *run(context) {
    const { proc, flags, operands } = context;
    const containers = chosenContainers(runningWork(context), operands);
    const printer = new LogPrinter(proc, containers, {
      prefix: !flags.bool('no-log-prefix'),
      timestamps: flags.bool('timestamps'),
    });
    for (const container of containers) {
      for (const entry of lastLines(container.log, flags.string('tail', 'all')))
        printer.print(container, entry);
      if (!container.isRunning) printer.flush();
    }
    if (flags.bool('follow')) {
      const live = containers.filter(({ isRunning }) => isRunning);
      for (const container of live) {
        proc.own({ releasedBy: container.log.listen((entry) => printer.print(container, entry)) });
      }
      while (live.some(({ isRunning }) => isRunning)) yield* proc.waitAny(live.map(({ ended }) => ended));
    }
    printer.flush();
    return 0;
  },
};
