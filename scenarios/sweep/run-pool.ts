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
  // A thread that cannot start has no task to fail, and of one that exits by itself nothing is heard until nothing else is to be done.
  const { promise: lost, reject: lose } = promiseToFail();
  const exited = () => lose(new Error('its thread exited'));
  pool.on('error', lose);
  process.once('beforeExit', exited);
  const stop = () => void pool.destroy();
  signal?.addEventListener('abort', stop, { once: true });
  const runOne = async (task: RunTask, index: number) => {
    let outcome: RunOutcome;
    try {
      outcome = (await Promise.race([pool.run(task), lost])) as RunOutcome;
    } catch (error) {
      outcome = failedRun(task.measures, error);
    }
    if (signal?.aborted !== true) onOutcome(index, outcome);
  };
  await Promise.all(tasks.map(runOne));
  signal?.removeEventListener('abort', stop);
  process.removeListener('beforeExit', exited);
  // It would wait for a lost thread for ever.
  await Promise.race([pool.destroy(), lost]).catch(() => undefined);
}

function promiseToFail(): { promise: Promise<never>; reject: (error: unknown) => void } {
  let reject!: (error: unknown) => void;
  const promise = new Promise<never>((_, fail) => (reject = fail));
  // Nobody may be waiting for it any more.
  promise.catch(() => undefined);
  return { promise, reject };
}

/** What a thread loads: a file beside the bundle, or beside this one. */
function workerModule(): string {
  const name = import.meta.url.endsWith('.ts') ? './sweep-worker.mjs' : './sweep-worker.cjs';
  return new URL(name, import.meta.url).href;
}
