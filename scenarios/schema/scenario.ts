/** The scenario file as a whole. */
import * as z from 'zod';
import { captureSchema } from './capture.ts';
import { hostSchema } from './host.ts';
import { linkSchema } from './link.ts';
import { stepSchema } from './step.ts';
import { swarmSchema } from './swarm.ts';
import { FOLLOWED_RELEASES, followedRelease } from '../../drivers/engine-release.ts';
import { COMPOSE_KEYS } from '../../programs/compose-file/schema/compose-file.ts';
import { duration, name, orEmpty } from '../../programs/compose-file/schema/values.ts';

const engineText = z.union([z.string(), z.number()]).meta({ examples: [...FOLLOWED_RELEASES] });
const engine = engineText.transform((value, context) => {
  const text = value === 20.1 ? '20.10' : String(value); // YAML reads an unquoted 20.10 as 20.1
  const release = followedRelease(text);
  if (release !== null) return release;
  context.addIssue(`the releases that can be followed: ${FOLLOWED_RELEASES.join(', ')}`);
  return z.NEVER;
});

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
      .describe(`The Docker release whose behaviour is followed: ${FOLLOWED_RELEASES.join(', ')}. Default: 20.10.`),
    cost: z
      .string()
      .min(1)
      .optional()
      .describe(
        'CPU cost profile: ideal (work costs nothing), linux, or a file; with :low or :high for its other figures.',
      )
      .meta({ examples: ['ideal', 'linux', 'linux:high', 'my-machine.yaml'] }),
    duration: duration.optional().describe('Stop here if anything still runs.'),
    hosts: orEmpty(z.record(name, hostSchema), {}).optional(),
    links: orEmpty(z.record(name, linkSchema), {}).optional(),
    swarm: swarmSchema.optional(),
    ...COMPOSE_KEYS,
    captures: orEmpty(z.array(captureSchema), []).optional(),
    steps: orEmpty(z.array(stepSchema), []).optional(),
    drivers: z
      .array(z.string())
      .optional()
      .describe('Modules with network drivers of your own; loaded with --allow-code only.'),
  })
  .meta({ title: 'Dockwire scenario' })
  .describe('Hosts, links, Docker networks and services, and what is done with them.');

/** A file that has the right form; load/load-scenario.ts makes a Scenario of it. */
export type ScenarioFile = z.output<typeof scenarioSchema>;
