import { join } from 'node:path';
import { planSweep, type SweepPlan } from '../../scenarios/sweep/plan-sweep.ts';
import { runSweep, type SweepRun } from '../../scenarios/sweep/run-sweep.ts';
import { summarisePoints, type PointSummary } from '../../scenarios/sweep/summarise-points.ts';
import { statusOf } from '../../scenarios/sweep/sweep-tables.ts';
import { writeSweep } from '../../scenarios/sweep/write-sweep.ts';
import { EXIT } from '../exit-code.ts';
import { readInput, showNotices, type FileArguments } from '../load-file.ts';
import { NodeOutputFolder } from '../node-output-folder.ts';
import { ProgressLine } from '../progress-line.ts';
import { readingArguments, readUntil, refuseCode } from '../run-arguments.ts';
import { failureTexts, sweepTable } from '../sweep-text.ts';
import type { Terminal } from '../terminal.ts';
import { packageVersion } from '../version.ts';

export interface SweepArguments extends FileArguments {
  readonly vary?: readonly string[] | undefined;
  readonly seeds?: string | undefined;
  readonly measure?: readonly string[] | undefined;
  readonly out?: string | undefined;
  readonly jobs?: number | undefined;
  readonly until?: string | undefined;
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly allowCode?: boolean | undefined;
}

/** More kinds of failures than this are counted and not printed; sweep.json has them all. */
const MAX_FAILURES = 10;

/** `dockwire sweep FILE`: runs a scenario over parameters and seeds, writes tables and plots. */
export async function sweep(args: SweepArguments, terminal: Terminal): Promise<number> {
  const plan = makePlan(args);
  refuseCode(plan.scenario, args);
  if (!args.quiet && !args.json) showNotices(plan.scenario, terminal);
  const folder = args.out ?? join('out', `${plan.scenario.name}-sweep`);
  const { runs, interrupted } = await runAll(plan, args, terminal);
  const points = summarisePoints(plan, runs);
  const provenance = { version: packageVersion(), command: commandOf(args) };
  writeSweep(new NodeOutputFolder(folder), plan, runs, points, provenance);
  const exitCode = interrupted ? EXIT.interrupted : exitCodeOf(plan, runs, points);
  if (args.json) {
    terminal.out(`${JSON.stringify(asDocument(plan, folder, exitCode, runs, points), null, 2)}\n`);
  } else if (!args.quiet) terminal.out(sweepTable(plan, points));
  showFailures(plan, runs, points, args, terminal);
  return exitCode;
}

function makePlan(args: SweepArguments): SweepPlan {
  const { until, seeds, measure } = args;
  const untilNs = until === undefined ? undefined : readUntil(until);
  const input = readInput(args);
  return readingArguments('', () =>
    planSweep({
      ...input,
      set: args.set ?? [],
      vary: args.vary ?? [],
      ...(seeds === undefined ? {} : { seeds }),
      ...(measure === undefined ? {} : { measure }),
      ...(untilNs === undefined ? {} : { untilNs }),
      allowCode: args.allowCode ?? false,
    }),
  );
}

/** The first interrupt ends the sweep; what has ended by then is kept. */
async function runAll(
  plan: SweepPlan,
  args: SweepArguments,
  terminal: Terminal,
): Promise<{ runs: SweepRun[]; interrupted: boolean }> {
  const progress = args.quiet ? undefined : new ProgressLine(terminal);
  const stop = new AbortController();
  const onInterrupt = () => stop.abort();
  let bad = 0;
  process.once('SIGINT', onInterrupt);
  try {
    const runs = await runSweep(plan, {
      jobs: args.jobs,
      signal: stop.signal,
      onRun: (run, done, total) => {
        if (statusOf(run) !== 'ok') bad++;
        progress?.showText(`${done} of ${total} runs${bad === 0 ? '' : `, ${bad} not ok`}`);
      },
    });
    return { runs, interrupted: stop.signal.aborted };
  } finally {
    process.removeListener('SIGINT', onInterrupt);
    progress?.clear();
  }
}

function exitCodeOf(plan: SweepPlan, runs: readonly SweepRun[], points: readonly PointSummary[]): number {
  if (runs.some(({ isBug }) => isBug)) return EXIT.bug;
  if (runs.some((run) => statusOf(run) !== 'ok')) return EXIT.failed;
  return neverFound(plan, points).length > 0 ? EXIT.failed : EXIT.ok;
}

/** Measures without a number in any run: a pattern that does not fit, an interface that is not there. */
function neverFound(plan: SweepPlan, points: readonly PointSummary[]): string[] {
  return plan.measures
    .filter((_, index) => points.every(({ statistics }) => statistics[index]!.n === 0))
    .map(({ name, source }) => (name === source ? name : `${name} (${source})`));
}

function showFailures(
  plan: SweepPlan,
  runs: readonly SweepRun[],
  points: readonly PointSummary[],
  args: SweepArguments,
  terminal: Terminal,
): void {
  const options = [
    ...(args.env ?? []).flatMap((each) => ['--env', each]),
    ...(args.until === undefined ? [] : ['--until', args.until]),
    ...(args.allowCode ? ['--allow-code'] : []),
  ];
  const texts = failureTexts(plan, runs, options);
  for (const text of texts.slice(0, MAX_FAILURES)) terminal.err(text);
  if (texts.length > MAX_FAILURES) terminal.err(`${texts.length - MAX_FAILURES} more: see sweep.json\n`);
  if (runs.length === 0) return;
  for (const measure of neverFound(plan, points)) terminal.err(`no run has a number for ${measure}\n`);
}

/** The arguments as they were given, but for what the results do not depend on: they are written into sweep.json. */
function commandOf(args: SweepArguments): string[] {
  const many = (option: string, values: readonly string[] | undefined) =>
    (values ?? []).flatMap((value) => [option, value]);
  return [
    ...['dockwire', 'sweep', args.file],
    ...many('--vary', args.vary),
    ...many('--set', args.set),
    ...many('--env', args.env),
    ...(args.seeds === undefined ? [] : ['--seeds', args.seeds]),
    ...many('--measure', args.measure),
    ...(args.until === undefined ? [] : ['--until', args.until]),
    ...(args.allowCode ? ['--allow-code'] : []),
  ];
}

/** What `--json` prints; a contract, so it carries a version. */
function asDocument(
  plan: SweepPlan,
  folder: string,
  exitCode: number,
  runs: readonly SweepRun[],
  points: readonly PointSummary[],
): Record<string, unknown> {
  const byName = <T>(columns: readonly { readonly name: string }[], values: readonly T[]) =>
    Object.fromEntries(columns.map(({ name }, index) => [name, values[index]!]));
  return {
    schemaVersion: 1,
    name: plan.scenario.name,
    folder,
    exitCode,
    points: points.map(({ values, statistics }) => ({
      parameters: byName(plan.parameters, values),
      measures: byName(plan.measures, statistics),
    })),
    runs: runs.map((run) => ({
      run: run.number,
      parameters: byName(plan.parameters, plan.points[run.point]!.values),
      seed: run.seed,
      measures: byName(plan.measures, run.values),
      status: statusOf(run),
      failed: run.failed,
      error: run.error,
    })),
  };
}
