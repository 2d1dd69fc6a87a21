/**
 * Runs tasks one after another here, or several at a time on worker threads (tinypool: small, and a thread that dies takes
 * only its task with it). A simulation is one thread's work, so outcomes do not depend on how many there are.
 */
import { importModule } from '../import-module.ts';
import { failedRun, runPoint, type RunOutcome, type RunTask } from './run-point.ts';

export interface PoolOptions {
  /** Tasks at a time. */
  readonly jobs: number;
  /** Called as tasks end, in whatever order they do. */
  readonly onOutcome: (index: number, outcome: RunOutcome) => void;
  /** Ends the work early; tasks that have not ended then have no outcome. */
  readonly signal?: AbortSignal | undefined;
}

export async function runTasks(tasks: readonly RunTask[], options: PoolOptions): Promise<void> {
  const jobs = Math.min(options.jobs, tasks.length);
  await (jobs <= 1 ? runHere(tasks, options) : runOnThreads(tasks, jobs, options));
}

async function runHere(tasks: readonly RunTask[], { onOutcome, signal }: PoolOptions): Promise<void> {
  const isCancelled = () => signal?.aborted === true;
  for (const [index, task] of tasks.entries()) {
    const outcome = await runPoint(task, isCancelled);
    if (isCancelled()) return;
    onOutcome(index, outcome);
  }
}

async function runOnThreads(
  tasks: readonly RunTask[],
  jobs: number,
  { onOutcome, signal }: PoolOptions,
): Promise<void> {
  const { Tinypool } = (await importModule('tinypool')) as typeof import('tinypool');
  const pool = new Tinypool({ filename: workerModule(), minThreads: jobs, maxThreads: jobs });
  // A thread that cannot start has no task to fail.
  const broken = new Promise<never>((_, reject) => void pool.on('error', reject));
  const stop = () => void pool.destroy();
  signal?.addEventListener('abort', stop, { once: true });
  const runOne = async (task: RunTask, index: number) => {
    let outcome: RunOutcome;
    try {
      outcome = (await pool.run(task)) as RunOutcome;
    } catch (error) {
      outcome = failedRun(task.measures, error);
    }
    if (signal?.aborted !== true) onOutcome(index, outcome);
  };
  try {
    await Promise.race([Promise.all(tasks.map(runOne)), broken]);
  } finally {
    signal?.removeEventListener('abort', stop);
    await pool.destroy();
  }
}

/** What a thread loads: a file beside the bundle, or beside this one. */
function workerModule(): string {
  const name = import.meta.url.endsWith('.ts') ? './sweep-worker.mjs' : './sweep-worker.cjs';
  return new URL(name, import.meta.url).href;
}
