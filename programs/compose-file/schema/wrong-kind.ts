import * as v from 'valibot';
import { withFacts, type IssueFacts } from './issue-facts.ts';

type Issue = v.BaseIssue<unknown>;

/** What a schema's `~run` gives back of a value that is not of its kind. */
export function wrongKind(
  schema: v.GenericSchema,
  dataset: v.UnknownDataset,
  config: v.Config<Issue>,
  facts: IssueFacts = {},
): v.FailureDataset<Issue> {
  v._addIssue(schema, 'type', dataset, config, { message: withFacts(facts) });
  return dataset as unknown as v.FailureDataset<Issue>;
}
