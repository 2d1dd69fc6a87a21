import type { Process } from '../../../core/host/process.ts';
import { WaitQueue } from '../../../core/host/wait-queue.ts';
import type { Run } from '../../line-input.ts';
import { Tasks } from '../../sockets-io/tasks.ts';

/** Does several things at the same time, and returns when all are done (Go's errgroup). */
export function* together(proc: Process, runs: readonly Run<void>[]): Run<void> {
  const tasks = new Tasks();
  const done = new WaitQueue();
  let left = runs.length;
  function* counted(run: Run<void>): Run<void> {
    yield* run;
    left--;
    done.wake();
  }
  for (const run of runs) tasks.start(counted(run));
  yield* tasks.runWith(
    proc,
    (function* () {
      while (left > 0) yield* proc.wait(done);
    })(),
  );
}
