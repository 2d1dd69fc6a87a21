import type { Scenario } from '../load/scenario.ts';
import type { RunOptions, RunResult } from './run-options.ts';

/** Runs a scenario. */
export function runScenario(scenario: Scenario, _options: RunOptions): Promise<RunResult> {
  return Promise.reject(new Error(`${scenario.name}: running scenarios is not built yet`));
}
