import type { Scenario } from '../load/scenario.ts';
import { openWorld } from '../run/open-world.ts';
import type { FailedExpectation } from '../run/run-options.ts';
import { runSteps } from '../run/run-steps.ts';
import { StepRunner } from '../run/step-runner.ts';
import { Lab } from './lab.ts';
import type { LabOptions } from './lab-options.ts';

/** A lab, and which of the scenario's expectations failed when its steps were run. */
export interface OpenedLab {
  readonly lab: Lab;
  readonly failed: readonly FailedExpectation[];
}

/**
 * Brings a scenario up: hosts, links, networks, services, captures; then, if asked to, runs its steps, whose transcript
 * goes to `onOutput`. `duration` is not looked at: a lab ends when it is left.
 */
export async function openLab(scenario: Scenario, options: LabOptions = {}): Promise<OpenedLab> {
  const opened = await openWorld(scenario, { ...options, seed: options.seed ?? scenario.seed });
  const write = (text: string) => options.onOutput?.(text, 'stdout');
  const steps = new StepRunner(opened.world, scenario, opened.captures, write);
  opened.bringUp();
  if (options.steps === true) {
    await runSteps(opened.world, steps, Infinity, options);
    opened.captures.flush();
  }
  return { lab: new Lab(scenario, opened, options), failed: steps.failed };
}
