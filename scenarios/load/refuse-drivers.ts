import { ScenarioError } from './problem.ts';
import type { Scenario } from './scenario.ts';

/** A scenario is data; drivers of its own are programs. What to throw when nobody allowed them. */
export function driversRefused(scenario: Scenario): ScenarioError {
  const message = `drivers of its own (${scenario.drivers.join(', ')}) need --allow-code`;
  const hint = 'they are programs that may do anything: read them, then add --allow-code to the command line';
  return new ScenarioError([scenario.source.problem(['drivers'], message, hint, 'key')]);
}
