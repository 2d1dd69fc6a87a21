import { availableParallelism } from 'node:os';
import { tasksOf, type SweepPlan } from './plan-sweep.ts';
import type { RunOutcome } from './run-point.ts';
import { runTasks } from './run-pool.ts';

/** One run of a sweep that has ended. */
export interface SweepRun extends RunOutcome {
  /** Counted from 1, as the runs of the plan are. */
  readonly number: number;
  /** Index of its point in the plan. */
  readonly point: number;
  readonly seed: number;
}

export interface SweepOptions {
  /** Runs at a time; default: as many as there are processors. The results do not depend on it. */
  readonly jobs?: number | undefined;
  /** Called as runs end. */
  readonly onRun?: (run: SweepRun, done: number, total: number) => void;
  /** Ends the sweep early; what has ended by then is given back. */
  readonly signal?: AbortSignal;
}

/** Runs all points with all seeds. Resolves to the runs that ended, in the order of the plan. */
export async function runSweep(plan: SweepPlan, options: SweepOptions = {}): Promise<SweepRun[]> {
  const tasks = tasksOf(plan);
  const runs: (SweepRun | undefined)[] = tasks.map(() => undefined);
  let done = 0;
  await runTasks(tasks, {
    jobs: options.jobs ?? availableParallelism(),
    signal: options.signal,
    onOutcome: (index, outcome) => {
      const point = Math.floor(index / plan.seeds.length);
      const run = { number: index + 1, point, seed: tasks[index]!.seed, ...outcome };
      runs[index] = run;
      options.onRun?.(run, ++done, tasks.length);
    },
  });
  return runs.filter((run) => run !== undefined);
}
