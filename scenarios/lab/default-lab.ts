import { loadScenario, type LoadOptions } from '../load/load-scenario.ts';
import type { Scenario } from '../load/scenario.ts';

/** One Docker host: what a lab has that names no scenario. */
const DEFAULT_LAB = `name: shell
hosts:
  host1:
    interfaces: { eth0: { address: 192.168.99.109/24 } }
    docker: {}
`;

/** The lab without a scenario file; `set` changes it as it would a file. Throws a ScenarioError. */
export function defaultLab(options: Omit<LoadOptions, 'file'> = {}): Scenario {
  return loadScenario(DEFAULT_LAB, { ...options, file: 'shell' });
}
