import * as v from 'valibot';
import { FormatError } from './format-error.ts';
import { withFacts } from './issue-facts.ts';

/**
 * A schema whose value is read by `parse`, so that validation leaves resolved values behind. What `parse`
 * throws becomes a problem at the value's place; a FormatError's hint goes with it.
 */
export function parsed<const S extends v.GenericSchema, T>(schema: S, parse: (value: v.InferOutput<S>) => T) {
  return v.pipe(
    schema,
    v.rawTransform<v.InferOutput<S>, T>(({ dataset, addIssue, NEVER }) => {
      try {
        return parse(dataset.value);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        const hint = error instanceof FormatError ? error.hint : undefined;
        addIssue({ message: withFacts({ hint }, error.message) });
        return NEVER;
      }
    }),
  );
}
