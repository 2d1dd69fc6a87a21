import { toCsv, type CsvCell } from './csv.ts';
import type { SweepPlan } from './plan-sweep.ts';
import type { SweepRun } from './run-sweep.ts';
import type { PointSummary } from './summarise-points.ts';

/** runs.csv: a line for each run, a column for each parameter and each measure. */
export function runsCsv(plan: SweepPlan, runs: readonly SweepRun[]): string {
  const head = ['run', ...namesOf(plan.parameters), 'seed', ...namesOf(plan.measures), 'status'];
  const lines = runs.map((run): CsvCell[] => [
    run.number,
    ...plan.points[run.point]!.values,
    run.seed,
    ...run.values,
    statusOf(run),
  ]);
  return toCsv([head, ...lines]);
}

/** `ok`; `failed`: an expectation did not hold; `error`: the run did not come to its end. */
export function statusOf({ error, failed }: SweepRun): 'ok' | 'failed' | 'error' {
  if (error !== null) return 'error';
  return failed.length > 0 ? 'failed' : 'ok';
}

/** summary.csv: a line for each measure at each point. */
export function summaryCsv(plan: SweepPlan, points: readonly PointSummary[]): string {
  const figures = ['n', 'mean', 'sd', 'ci95_low', 'ci95_high', 'median', 'min', 'max'];
  const lines = points.flatMap(({ values, statistics }) =>
    statistics.map(({ n, mean, sd, ci95Low, ci95High, median, min, max }, index): CsvCell[] => [
      ...values,
      plan.measures[index]!.name,
      ...[n, mean, sd, ci95Low, ci95High, median, min, max],
    ]),
  );
  return toCsv([[...namesOf(plan.parameters), 'measure', ...figures], ...lines]);
}

function namesOf(things: readonly { readonly name: string }[]): string[] {
  return things.map(({ name }) => name);
}
