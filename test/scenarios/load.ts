import { loadScenario, type LoadOptions } from '../../scenarios/load/load-scenario.ts';
import { ScenarioError, type Problem } from '../../scenarios/load/problem.ts';
import type { Scenario } from '../../scenarios/load/scenario.ts';

export function load(text: string, options: Partial<LoadOptions> = {}): Scenario {
  return loadScenario(text, { file: 'lab.yaml', ...options });
}

/** The problems that a text is refused with. */
export function problemsOf(text: string, options: Partial<LoadOptions> = {}): readonly Problem[] {
  try {
    load(text, options);
  } catch (error) {
    if (error instanceof ScenarioError) return error.problems;
    throw error;
  }
  return [];
}

/** Each problem as `line:column message`. */
export function placesOf(text: string, options: Partial<LoadOptions> = {}): string[] {
  return problemsOf(text, options).map(({ line, column, message }) => `${line}:${column} ${message}`);
}
