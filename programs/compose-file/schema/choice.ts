import * as v from 'valibot';
import { withFacts } from './issue-facts.ts';

/** One of these words. */
export function choice<const Options extends readonly string[]>(options: Options) {
  return v.picklist(options, withFacts({ choices: options }));
}
