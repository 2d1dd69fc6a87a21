import * as v from 'valibot';

/** What a report tells of sweep.json. */
export const sweepSummarySchema = v.object({
  schemaVersion: v.literal(1),
  name: v.string(),
  description: v.string(),
  dockwire: v.string(),
  command: v.array(v.string()),
  scenario: v.object({
    file: v.string(),
    text: v.string(),
    variables: v.record(v.string(), v.string()),
    files: v.record(v.string(), v.string()),
  }),
  set: v.array(v.string()),
  parameters: v.array(v.object({ name: v.string(), values: v.array(v.string()) })),
  seeds: v.array(v.number()),
  measures: v.array(v.object({ name: v.string(), source: v.string() })),
  runs: v.object({
    planned: v.number(),
    ended: v.number(),
    notOk: v.array(
      v.object({
        run: v.number(),
        status: v.string(),
        failed: v.array(v.string()),
        error: v.nullable(v.string()),
      }),
    ),
  }),
  plots: v.array(v.pipe(v.string(), v.regex(/^plots\/[A-Za-z0-9_.-]+\.svg$/))),
});

export type SweepSummary = v.InferOutput<typeof sweepSummarySchema>;
