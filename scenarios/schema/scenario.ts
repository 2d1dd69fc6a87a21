/** The scenario file as a whole. */
import * as v from 'valibot';
import { described } from '../../programs/compose-file/schema/described.ts';
import { captureSchema } from './capture.ts';
import { hostSchema } from './host.ts';
import { linkSchema } from './link.ts';
import { stepSchema } from './step.ts';
import { swarmSchema } from './swarm.ts';
import { FOLLOWED_RELEASES, followedRelease } from '../../drivers/engine-release.ts';
import { COMPOSE_KEYS } from '../../programs/compose-file/schema/compose-file.ts';
import { FormatError } from '../../programs/compose-file/schema/format-error.ts';
import { map, mapOf } from '../../programs/compose-file/schema/map.ts';
import { parsed } from '../../programs/compose-file/schema/parsed.ts';
import {
  duration,
  name,
  orEmpty,
  text,
  textOrNumber,
  texts,
  wholeNumber,
} from '../../programs/compose-file/schema/values.ts';

const engineText = v.pipe(textOrNumber, v.examples([...FOLLOWED_RELEASES]));
const engine = parsed(engineText, (value) => {
  const release = followedRelease(value === 20.1 ? '20.10' : String(value)); // YAML reads an unquoted 20.10 as 20.1
  if (release !== null) return release;
  throw new FormatError(`the releases that can be followed: ${FOLLOWED_RELEASES.join(', ')}`);
});

export const scenarioSchema = v.pipe(
  map({
    $schema: v.optional(text),
    name: v.optional(described(name, 'Names the output folder and the Compose project.')),
    description: v.optional(text),
    seed: v.optional(described(wholeNumber(0, 0xffff_ffff), 'Same file and same seed, same bytes; default 1.')),
    engine: v.optional(
      described(
        engine,
        `The Docker release whose behaviour is followed: ${FOLLOWED_RELEASES.join(', ')}. Default: 20.10.`,
      ),
    ),
    cost: v.optional(
      v.pipe(
        text,
        v.minLength(1),
        v.description(
          'CPU cost profile: ideal (work costs nothing), linux, or a file; with :low or :high for its other figures.',
        ),
        v.examples(['ideal', 'linux', 'linux:high', 'my-machine.yaml']),
      ),
    ),
    duration: v.optional(described(duration, 'Stop here if anything still runs.')),
    hosts: v.optional(orEmpty(mapOf(name, hostSchema), {})),
    links: v.optional(orEmpty(mapOf(name, linkSchema), {})),
    swarm: v.optional(swarmSchema),
    ...COMPOSE_KEYS,
    captures: v.optional(orEmpty(v.array(captureSchema), [])),
    steps: v.optional(orEmpty(v.array(stepSchema), [])),
    drivers: v.optional(
      described(texts, 'Modules with network drivers of your own; loaded with --allow-code only.'),
    ),
  }),
  v.title('Dockwire scenario'),
  v.description('Hosts, links, Docker networks and services, and what is done with them.'),
);

/** A file that has the right form; load/load-scenario.ts makes a Scenario of it. */
export type ScenarioFile = v.InferOutput<typeof scenarioSchema>;
