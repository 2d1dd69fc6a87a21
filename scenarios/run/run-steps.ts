import type { RunOptions } from './run-options.ts';
import type { StepRunner } from './step-runner.ts';
import type { World } from './world.ts';

/** Simulated time between two looks at the outside world: progress, cancelling. */
const SLICE_NS = 1_000_000_000;

/** Lets time go on until the steps have ended, nothing is left to happen, `endNs` has come or the caller cancels. */
export async function runSteps(
  world: World,
  steps: StepRunner,
  endNs: number,
  options: Pick<RunOptions, 'onProgress' | 'isCancelled'>,
): Promise<void> {
  const { sim } = world;
  steps.start();
  while (!steps.finished && sim.nowNs < endNs) {
    const next = sim.nextEventNs();
    if (next === Infinity) break;
    sim.run(Math.min(endNs, Math.max(next, sim.nowNs) + SLICE_NS));
    options.onProgress?.({ nowNs: sim.nowNs, stepsDone: steps.done, stepsTotal: steps.total });
    if (options.isCancelled === undefined) continue;
    await new Promise((resolve) => setImmediate(resolve));
    if (options.isCancelled()) return;
  }
}
