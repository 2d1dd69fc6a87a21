import { rfc3339 } from '../../../drivers/docker-time.ts';
import type { ContainerLog, LogEntry } from '../../../drivers/container/container-log.ts';
import { exactly, type DockerCommand } from '../docker-command.ts';
import { requireContainer } from '../find-object.ts';

export const logs: DockerCommand = {
  names: ['logs'],
  shortcuts: ['logs'],
  usage: '[OPTIONS] CONTAINER',
  summary: 'Fetch the logs of a container',
  flags: [
    { name: 'details', kind: 'bool' },
    { name: 'follow', short: 'f', kind: 'bool', usage: 'Follow log output' },
    {
      name: 'tail',
      short: 'n',
      kind: 'string',
      usage: 'Number of lines to show from the end of the logs',
      byDefault: '"all"',
    },
    { name: 'timestamps', short: 't', kind: 'bool', usage: 'Show timestamps' },
  ],
  operands: exactly(1),
  *run({ proc, engine, flags, operands }) {
    const container = requireContainer(engine, operands[0]!);
    const stamped = flags.bool('timestamps');
    const show = ({ stream, text, timeNs }: LogEntry) => {
      const line = stamped ? text.replace(/^(?=.)/gm, `${rfc3339(timeNs)} `) : text;
      if (stream === 'stdout') proc.print(line);
      else proc.printError(line);
    };
    for (const line of lastLines(container.log, flags.string('tail', 'all'))) show(line);
    if (!flags.bool('follow') || !container.isRunning) return 0;
    const stop = container.log.listen(show);
    proc.own({ releasedBy: stop });
    while (container.isRunning) yield* proc.wait(container.ended);
    stop();
    return 0;
  },
};

/** What was printed, line by line: all of it, or as many lines from its end as `tail` says. */
export function lastLines({ entries }: ContainerLog, tail: string): LogEntry[] {
  const lines = splitLines(entries);
  const count = /^\d+$/.test(tail) ? Number(tail) : lines.length;
  return count === 0 ? [] : lines.slice(-count);
}

/** Writes as lines: several writes may make one, and one several. */
export function splitLines(entries: readonly LogEntry[]): LogEntry[] {
  const lines: LogEntry[] = [];
  for (const { stream, text, timeNs } of entries) {
    for (const piece of text.split(/(?<=\n)/)) {
      const last = lines.at(-1);
      if (last !== undefined && last.stream === stream && !last.text.endsWith('\n')) {
        lines[lines.length - 1] = { ...last, text: last.text + piece };
      } else {
        lines.push({ stream, text: piece, timeNs });
      }
    }
  }
  return lines;
}
