/** What `dockwire sweep` prints for a person. */
import Table from 'cli-table3';
import type { SweepPlan } from '../scenarios/sweep/plan-sweep.ts';
import type { SweepRun } from '../scenarios/sweep/run-sweep.ts';
import type { PointSummary, Statistics } from '../scenarios/sweep/summarise-points.ts';
import { readableStack } from './readable-stack.ts';
import { shellWord } from '../scenarios/shell-word.ts';

const SIGNIFICANT_DIGITS = 5;

const PLAIN_CHARS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** A line for each point: its values, and each measure's mean, ± half its 95 % confidence interval. */
export function sweepTable(plan: SweepPlan, points: readonly PointSummary[]): string {
  const table = new Table({
    head: [...plan.parameters, ...plan.measures].map(({ name }) => name),
    colAligns: [...plan.parameters.map(() => 'left' as const), ...plan.measures.map(() => 'right' as const)],
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    chars: PLAIN_CHARS,
  });
  for (const { values, statistics } of points) table.push([...values, ...statistics.map(meanText)]);
  return `${table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`;
}

function meanText({ n, mean, ci95High }: Statistics): string {
  if (mean === null) return '-';
  if (n === 1 || ci95High === null) return figure(mean);
  return `${figure(mean)} ± ${figure(ci95High - mean)}`;
}

function figure(value: number): string {
  return String(Number(value.toPrecision(SIGNIFICANT_DIGITS)));
}

/**
 * What went wrong, each thing once: in how many runs, which was the first, and how to have that one again with its captures.
 * `options` are further ones of that command.
 */
export function failureTexts(
  plan: SweepPlan,
  runs: readonly SweepRun[],
  options: readonly string[],
): string[] {
  const byWhat = new Map<string, SweepRun[]>();
  for (const run of runs) {
    for (const what of run.error === null ? run.failed : [run.error]) {
      byWhat.set(what, [...(byWhat.get(what) ?? []), run]);
    }
  }
  return [...byWhat].map(([what, [first, ...others]]) => {
    const kind = first!.error === null ? 'an expectation failed' : 'an error ended the run';
    const bug = first!.isBug ? '\n  this is a bug in dockwire' : '';
    return (
      `${first!.isBug ? readableStack(what) : what}${bug}\n  ${kind} in ${others.length + 1} of ${runs.length} runs, first in run ${first!.number}\n` +
      `  again: ${againCommand(plan, first!, options)}\n`
    );
  });
}

function againCommand(plan: SweepPlan, { point, seed }: SweepRun, options: readonly string[]): string {
  const assignments = plan.points[point]!.set.flatMap((each) => ['--set', each]);
  const words = ['dockwire', 'run', plan.text.file, ...assignments, '--seed', String(seed), ...options];
  return words.map(shellWord).join(' ');
}
