import type { Scenario } from '../load/scenario.ts';
import { runScenario } from '../run/run-scenario.ts';
import { readTopology } from './read-topology.ts';
import type { Topology } from './topology.ts';

export interface GraphOptions {
  /** Look at this simulated time; default: when the steps have ended. 0 is before the first step. */
  readonly untilNs?: number;
  readonly seed?: number;
  readonly allowCode?: boolean;
}

/** Runs a scenario, writes nothing, and tells what is there. Throws what runScenario throws. */
export async function graphScenario(scenario: Scenario, options: GraphOptions = {}): Promise<Topology> {
  let topology: Topology | null = null;
  await runScenario(scenario, {
    ...options,
    atEnd: (world) => {
      topology = readTopology(world, scenario);
    },
  });
  return topology!;
}
