import { max, mean, median, min, sampleStandardDeviation } from 'simple-statistics';
import type { SweepPlan } from './plan-sweep.ts';
import type { SweepRun } from './run-sweep.ts';
import { studentT } from './student-t.ts';

const CONFIDENCE = 0.95;

/** A measure at one point, over its seeds. Null where there are too few values to tell. */
export interface Statistics {
  /** Runs in which the measure was found. */
  readonly n: number;
  readonly mean: number | null;
  /** Of the sample: divided by n − 1. */
  readonly sd: number | null;
  /** The mean's 95 % confidence interval, by Student's t. */
  readonly ci95Low: number | null;
  readonly ci95High: number | null;
  readonly median: number | null;
  readonly min: number | null;
  readonly max: number | null;
}

export interface PointSummary {
  /** One for each parameter. */
  readonly values: readonly string[];
  /** One for each measure. */
  readonly statistics: readonly Statistics[];
}

/** Statistics of each measure at each point. */
export function summarisePoints(plan: SweepPlan, runs: readonly SweepRun[]): PointSummary[] {
  return plan.points.map(({ values }, point) => {
    const here = runs.filter((run) => run.point === point);
    return {
      values,
      statistics: plan.measures.map((_, index) =>
        describe(here.map((run) => run.values[index]!).filter((value) => value !== null)),
      ),
    };
  });
}

export function describe(values: readonly number[]): Statistics {
  const all = values.slice();
  const n = all.length;
  if (n === 0) {
    return { n, mean: null, sd: null, ci95Low: null, ci95High: null, median: null, min: null, max: null };
  }
  const average = mean(all);
  const sd = n === 1 ? null : sampleStandardDeviation(all);
  const half = sd === null ? null : (studentT(CONFIDENCE, n - 1) * sd) / Math.sqrt(n);
  return {
    n,
    mean: average,
    sd,
    ci95Low: half === null ? null : average - half,
    ci95High: half === null ? null : average + half,
    median: median(all),
    min: min(all),
    max: max(all),
  };
}
