import * as v from 'valibot';
import { loadScenario } from '../load/load-scenario.ts';
import type { Scenario } from '../load/scenario.ts';
import type { RunRecord } from '../run/run-record.ts';

const texts = v.record(v.string(), v.string());
const schema = v.strictObject({
  schemaVersion: v.literal(1),
  file: v.string(),
  text: v.string(),
  set: v.array(v.string()),
  variables: texts,
  files: texts,
  seed: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  untilNs: v.nullable(v.pipe(v.number(), v.minValue(0))),
});

/** A run's folder holds no record that can be read. */
export class RunRecordError extends Error {
  override readonly name = 'RunRecordError';
}

/** Reads the text of a record. Throws a RunRecordError when it is none, or one of another version. */
export function parseRunRecord(text: string): RunRecord {
  const parsed = v.safeParse(schema, parseJson(text));
  if (parsed.success) return parsed.output;
  throw new RunRecordError('not the record of a run, or one of another version of Dockwire');
}

/** The scenario of a record. Throws a ScenarioError when this version does not take it. */
export function scenarioOfRecord(record: RunRecord): Scenario {
  const { file, set, variables, files } = record;
  return loadScenario(record.text, { file, set, variables, readFile: (path) => recorded(files, path) });
}

function recorded(files: RunRecord['files'], path: string): string {
  const content = Object.hasOwn(files, path) ? files[path] : undefined;
  if (content === undefined) throw new Error(`${path}: not in the record of the run`);
  return content;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
