import type { OutputFolder } from '../run/run-options.ts';
import { chartOf } from './plot/chart-of.ts';
import { drawChart } from './plot/draw-chart.ts';
import type { SweepPlan } from './plan-sweep.ts';
import type { SweepRun } from './run-sweep.ts';
import type { PointSummary } from './summarise-points.ts';
import { runsCsv, statusOf, summaryCsv } from './sweep-tables.ts';

/** What produced a sweep, for whoever repeats it. */
export interface Provenance {
  /** Dockwire's. */
  readonly version: string;
  /** The arguments of the command. */
  readonly command: readonly string[];
}

/** Writes sweep.json, runs.csv, summary.csv and a plot of each measure under plots/. No wall-clock time is in any of them. */
export function writeSweep(
  output: OutputFolder,
  plan: SweepPlan,
  runs: readonly SweepRun[],
  points: readonly PointSummary[],
  provenance: Provenance,
): void {
  const plots: string[] = [];
  for (const [index, { name }] of plan.measures.entries()) {
    const chart = chartOf(plan, points, runs, index);
    if (chart === null) continue;
    const file = plotFile(name, plots);
    plots.push(file);
    output.writeText(file, drawChart(chart));
  }
  output.writeText('runs.csv', runsCsv(plan, runs));
  output.writeText('summary.csv', summaryCsv(plan, points));
  output.writeText(
    'sweep.json',
    `${JSON.stringify(sweepDocument(plan, runs, plots, provenance), null, 2)}\n`,
  );
}

/** What sweep.json holds: all that it takes to repeat the sweep, and what became of its runs. */
function sweepDocument(
  plan: SweepPlan,
  runs: readonly SweepRun[],
  plots: readonly string[],
  { version, command }: Provenance,
): Record<string, unknown> {
  const { scenario, text, set, parameters, seeds, measures, untilNs } = plan;
  const planned = plan.points.length * seeds.length;
  return {
    schemaVersion: 1,
    name: scenario.name,
    description: scenario.description,
    dockwire: version,
    node: process.version,
    command,
    scenario: text,
    set,
    untilNs,
    parameters,
    seeds,
    measures: measures.map(({ name, source }) => ({ name, source })),
    points: plan.points.length,
    runs: { planned, ended: runs.length, notOk: runs.filter((run) => statusOf(run) !== 'ok').map(notOk) },
    plots,
  };
}

function notOk(run: SweepRun): Record<string, unknown> {
  return { run: run.number, status: statusOf(run), failed: run.failed, error: firstLine(run.error) };
}

/** The rest of a stack names places of this machine. */
function firstLine(text: string | null): string | null {
  return text === null ? null : text.split('\n')[0]!;
}

/** A plain name that no other plot has. */
function plotFile(measure: string, taken: readonly string[]): string {
  const plain = measure.replace(/[^A-Za-z0-9_.-]+/g, '-').slice(0, 100);
  let file = `plots/${plain}.svg`;
  for (let n = 2; taken.includes(file); n++) file = `plots/${plain}-${n}.svg`;
  return file;
}
