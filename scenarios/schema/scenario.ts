/** The scenario file as a whole. */
import * as z from 'zod';
import { captureSchema } from './capture.ts';
import { hostSchema } from './host.ts';
import { linkSchema } from './link.ts';
import { networkSchema } from './network.ts';
import { serviceSchema } from './service.ts';
import { stepSchema } from './step.ts';
import { swarmSchema } from './swarm.ts';
import { duration, ignored, ignoredKeysOf, name, notModelled } from './values.ts';

// A process checks one file: compiling the schema to code first would take longer than it saves.
z.config({ jitless: true });

/** Docker releases whose behaviour can be followed. */
export const ENGINES = ['20.10'] as const;

const engine = z
  .union([z.string(), z.number()])
  .transform((value) => (value === 20.1 ? '20.10' : String(value))) // YAML reads an unquoted 20.10 as 20.1
  .pipe(z.enum(ENGINES, { error: `the releases that can be followed: ${ENGINES.join(', ')}` }));

/** More entries than this under one key are no scenario that a person wrote. */
const MAX_ENTRIES = 10_000;

/** A key without anything under it counts as an empty map or list. */
function orEmpty<S extends z.ZodType>(schema: S, empty: z.output<S>) {
  return z
    .union([z.null(), schema])
    .transform((value) => (value ?? empty) as z.output<S>)
    .refine((value) => Object.keys(value as object).length <= MAX_ENTRIES, { error: `at most ${MAX_ENTRIES} entries` });
}

export const scenarioSchema = z
  .strictObject({
    $schema: z.string().optional(),
    name: name.optional().describe('Names the output folder and the Compose project.'),
    description: z.string().optional(),
    seed: z
      .int()
      .min(0)
      .max(0xffff_ffff)
      .optional()
      .describe('Same file and same seed, same bytes; default 1.'),
    engine: engine
      .optional()
      .describe('The Docker release whose behaviour is followed.')
      .meta({ examples: ['20.10'] }),
    cost: z
      .literal('ideal', { error: 'is ideal, where the CPU costs nothing: no other profile is modelled' })
      .optional()
      .describe('CPU cost profile: ideal, where the CPU costs nothing.'),
    duration: duration.optional().describe('Stop here if anything still runs.'),
    hosts: orEmpty(z.record(name, hostSchema), {}).optional(),
    links: orEmpty(z.record(name, linkSchema), {}).optional(),
    swarm: swarmSchema.optional(),
    networks: orEmpty(z.record(name, networkSchema), {}).optional(),
    services: orEmpty(z.record(name, serviceSchema), {}).optional(),
    captures: orEmpty(z.array(captureSchema), []).optional(),
    steps: orEmpty(z.array(stepSchema), []).optional(),
    drivers: z
      .array(z.string())
      .optional()
      .describe('Modules with network drivers of your own; loaded with --allow-code only.'),
    version: ignored(),
    volumes: ignored(),
    configs: ignored(),
    secrets: ignored(),
    models: ignored(),
    include: notModelled('put the services into this file'),
  })
  .meta({ title: 'Dockwire scenario' })
  .describe('Hosts, links, Docker networks and services, and what is done with them.');

/** A file that has the right form; load/load-scenario.ts makes a Scenario of it. */
/** Keys of the file itself that are accepted without effect. */
export const IGNORED_TOP_KEYS = ignoredKeysOf(scenarioSchema.shape);

export type ScenarioFile = z.output<typeof scenarioSchema>;
