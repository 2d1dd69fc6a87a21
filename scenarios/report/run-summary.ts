import * as v from 'valibot';

const failedExpectation = v.object({
  position: v.string(),
  step: v.string(),
  what: v.string(),
  expected: v.string(),
  actual: v.string(),
});

const tooLong = v.object({
  device: v.string(),
  outcome: v.string(),
  packets: v.number(),
  mtu: v.number(),
  shortest: v.number(),
  longest: v.number(),
  layers: v.array(v.object({ name: v.string(), bytes: v.number() })),
  largestInner: v.nullable(v.number()),
});

const cpu = v.object({
  profile: v.string(),
  description: v.string(),
  hosts: v.record(
    v.string(),
    v.object({
      busyNs: v.number(),
      stages: v.record(v.string(), v.object({ count: v.number(), ns: v.number() })),
    }),
  ),
});

/** What a report tells of summary.json; there may be more in it. */
export const runSummarySchema = v.object({
  schemaVersion: v.literal(1),
  name: v.string(),
  seed: v.number(),
  engine: v.string(),
  cost: v.string(),
  simulatedNs: v.number(),
  events: v.number(),
  packets: v.object({ created: v.number(), freed: v.number() }),
  drops: v.record(v.string(), v.record(v.string(), v.number())),
  mtu: v.array(tooLong),
  cpu: v.optional(cpu),
  steps: v.array(
    v.object({ step: v.string(), startedNs: v.number(), tookNs: v.number(), exitCode: v.number() }),
  ),
  captures: v.array(v.object({ file: v.string(), packets: v.number() })),
  failed: v.array(failedExpectation),
  notes: v.array(v.string()),
});

export type RunSummary = v.InferOutput<typeof runSummarySchema>;
