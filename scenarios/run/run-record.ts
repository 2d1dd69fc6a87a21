import type { Scenario } from '../load/scenario.ts';

/** The file that holds it, in a run's folder. */
export const RUN_RECORD_FILE = 'run.json';

/** All that is needed to run a scenario again, to the byte: what it was made of, its seed and where it stopped. */
export interface RunRecord {
  readonly schemaVersion: 1;
  /** The scenario's name on the command line; modules that it names are found from its folder. */
  readonly file: string;
  readonly text: string;
  readonly set: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** Files that the scenario names (a cost profile), by the name it gives them. */
  readonly files: Readonly<Record<string, string>>;
  readonly seed: number;
  /** null: to its own end. */
  readonly untilNs: number | null;
}

export function runRecordOf(scenario: Scenario, seed: number, untilNs: number | undefined): RunRecord {
  const { text, set, variables, files } = scenario.inputs;
  const { file } = scenario.source;
  return { schemaVersion: 1, file, text, set, variables, files, seed, untilNs: untilNs ?? null };
}
