import type * as v from 'valibot';

/** What a finding does not carry itself: the schemas know it when they make one. */
export interface IssueFacts {
  /** What to write instead. */
  readonly hint?: string | undefined;
  /** The values that would have been right. */
  readonly choices?: readonly string[];
  /** The schemas by key of the map that has an unknown key, or lacks one. */
  readonly entries?: v.ObjectEntries;
  /** What the alternatives of a value made of it. */
  readonly alternatives?: readonly v.BaseIssue<unknown>[];
}

const facts = new WeakMap<object, IssueFacts>();

/** A message function that keeps `known` of the finding, whose message stays `message`, or valibot's own. */
export function withFacts(known: IssueFacts, message?: string) {
  return (issue: v.BaseIssue<unknown>): string => {
    facts.set(issue, known);
    return message ?? issue.message;
  };
}

export function factsOf(issue: object): IssueFacts {
  return facts.get(issue) ?? {};
}
