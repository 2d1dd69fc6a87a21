import * as v from 'valibot';
import { withFacts } from './issue-facts.ts';
import { wrongKind } from './wrong-kind.ts';

/** A map that has these keys and no other. */
export function map<const Entries extends v.ObjectEntries>(entries: Entries) {
  return refusingLists(v.strictObject(entries, withFacts({ entries })));
}

/** A map with keys and values of one kind each. */
export function mapOf<
  const Key extends v.BaseSchema<string, string, v.BaseIssue<unknown>>,
  const Value extends v.GenericSchema,
>(key: Key, value: Value) {
  return refusingLists(refusingReservedKeys(v.record(key, value)));
}

/** A list is an object to JavaScript, and so to valibot. */
function refusingLists<S extends v.GenericSchema>(schema: S): S {
  return withRun(schema, (runOn, dataset, config) =>
    Array.isArray(dataset.value) ? wrongKind(schema, dataset, config) : runOn(dataset, config),
  );
}

/** Names that every JavaScript object has: valibot leaves them out of a record without a word. */
const RESERVED = ['constructor', 'prototype'];

function refusingReservedKeys<S extends v.GenericSchema>(schema: S): S {
  return withRun(schema, (runOn, dataset, config) => {
    const input = dataset.value as Record<string, unknown> | null;
    const result = runOn(dataset, config);
    if (typeof input !== 'object' || input === null) return result;
    for (const key of RESERVED) {
      if (!Object.hasOwn(input, key)) continue;
      v._addIssue(schema, 'key', result, config, {
        message: `"${key}" cannot be a name here`,
        path: [{ type: 'object', origin: 'key', input, key, value: input[key] }],
      });
    }
    return result;
  });
}

type Run = v.GenericSchema['~run'];

/** The schema with another `~run`, which is handed the one it had. */
function withRun<S extends v.GenericSchema>(
  schema: S,
  run: (runOn: Run, ...args: Parameters<Run>) => ReturnType<Run>,
): S {
  const runOn = schema['~run'].bind(schema);
  return Object.assign(schema, {
    '~run': (...args: Parameters<Run>): ReturnType<Run> => run(runOn, ...args),
  });
}
