import * as z from 'zod';
import { FormatError } from './format-error.ts';

/**
 * A schema whose value is read by `parse`, so that validation leaves resolved values behind. What `parse`
 * throws becomes a problem at the value's place; a FormatError's hint goes with it.
 */
export function parsed<S extends z.ZodType, T>(schema: S, parse: (value: z.output<S>) => T) {
  return schema.transform((value, context): T => {
    try {
      return parse(value);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const hint = error instanceof FormatError ? error.hint : undefined;
      context.issues.push({ code: 'custom', message: error.message, input: value, params: { hint } });
      return z.NEVER;
    }
  });
}
