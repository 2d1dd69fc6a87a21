import { join } from 'node:path';
import { isatty } from 'node:tty';
import type { Lab } from '../../scenarios/lab/lab.ts';
import type { LabOptions } from '../../scenarios/lab/lab-options.ts';
import type { Scenario } from '../../scenarios/load/scenario.ts';
import { EXIT } from '../exit-code.ts';
import { formatFailure } from '../format-failure.ts';
import { isLoneDash } from '../is-lone-dash.ts';
import { loadFile, readChanges, showNotices, type FileArguments } from '../load-file.ts';
import { NodeOutputFolder } from '../node-output-folder.ts';
import { readTime, refuseCode } from '../run-arguments.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

export interface ShellArguments extends Omit<FileArguments, 'file'> {
  readonly file?: string | undefined;
  readonly command?: string | undefined;
  readonly steps?: boolean | undefined;
  readonly out?: string | undefined;
  readonly seed?: number | undefined;
  readonly limit?: string | undefined;
  readonly allowCode?: boolean | undefined;
}

/** Where the lines of a lab come from, and how it prints. */
export interface LineSource {
  readonly options: Pick<LabOptions, 'input' | 'echo' | 'onOutput' | 'pause'>;
  /** Types lines until the lab is left or there are no more: an exit code. */
  run(lab: Lab): Promise<number>;
}

/** A line that never ends is interrupted after this much simulated time when nobody is there to do it. */
const DEFAULT_LIMIT_NS = 600_000_000_000;

/** `dockwire shell [FILE]`: brings a scenario up and takes commands, from a person, a pipe or `-c`. */
export async function shell(args: ShellArguments, terminal: Terminal): Promise<number> {
  const isTyped = isatty(0);
  const limitNs = args.limit === undefined ? undefined : readTime('--limit', args.limit);
  const scenario = await loadLab(args);
  refuseCode(scenario, { allowCode: args.allowCode });
  showNotices(scenario, terminal);
  const { openLab } = await import('../../scenarios/lab/open-lab.ts');
  const source = await lineSource(args, terminal, isTyped && isatty(1));
  const folder = args.out ?? join('out', 'shell');
  const limit = limitNs ?? (isTyped ? undefined : DEFAULT_LIMIT_NS);
  const { lab, failed } = await openLab(scenario, {
    ...source.options,
    output: new NodeOutputFolder(folder),
    allowCode: args.allowCode ?? false,
    steps: args.steps ?? false,
    ...(args.seed === undefined ? {} : { seed: args.seed }),
    ...(limit === undefined ? {} : { limitNs: limit }),
  });
  for (const failure of failed) terminal.err(formatFailure(failure));
  const exitCode = await source.run(lab);
  for (const { file, packets } of lab.close()) {
    terminal.err(`${join(folder, 'captures', file)}: ${packets} packet${packets === 1 ? '' : 's'}\n`);
  }
  return exitCode;
}

async function loadLab(args: ShellArguments): Promise<Scenario> {
  if (args.file === undefined) {
    const { defaultLab } = await import('../../scenarios/lab/default-lab.ts');
    return defaultLab(readChanges(args));
  }
  if (isLoneDash(args.file) && args.command === undefined)
    throw new UsageError('standard input has the commands; name a scenario file');
  const scenario = loadFile({ ...args, file: args.file });
  if (Object.keys(scenario.hosts).length === 0) throw new UsageError(`${args.file}: no hosts to type at`);
  return scenario;
}

async function lineSource(
  args: ShellArguments,
  terminal: Terminal,
  isTerminal: boolean,
): Promise<LineSource> {
  if (args.command !== undefined) {
    const { givenLines } = await import('../lab-lines/given-lines.ts');
    return givenLines(args.command, terminal);
  }
  if (isTerminal) {
    const { typedLines } = await import('../lab-lines/typed-lines.ts');
    return typedLines(terminal);
  }
  const { pipedLines } = await import('../lab-lines/piped-lines.ts');
  return pipedLines(terminal, EXIT.interrupted);
}
