import type { ScenarioRunner } from './commands/run.ts';

/** Loads what runs a scenario, once there is one to run. */
export async function loadRunner(): Promise<ScenarioRunner> {
  const { runScenario } = await import('../scenarios/run/run-scenario.ts');
  return runScenario;
}
