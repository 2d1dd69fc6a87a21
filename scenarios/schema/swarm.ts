import * as v from 'valibot';
import { described } from '../../programs/compose-file/schema/described.ts';
import { map, mapOf } from '../../programs/compose-file/schema/map.ts';
import { oneOf } from '../../programs/compose-file/schema/one-of.ts';
import { cidrText, name, wholeNumber } from '../../programs/compose-file/schema/values.ts';
import { address, interfaceName } from './values.ts';

const nodeAddress = oneOf([address, interfaceName]);
const byHost = described(mapOf(name, nodeAddress), 'By host: address or interface.');

export const swarmSchema = described(
  map({
    managers: described(
      v.pipe(v.array(name), v.minLength(1, 'a swarm needs a manager')),
      'The first one runs `swarm init`.',
    ),
    workers: v.optional(v.array(name), []),
    'advertise-addr': v.optional(byHost, {}),
    'data-path-addr': v.optional(byHost, {}),
    'data-path-port': v.optional(wholeNumber(1024, 49151)),
    'default-addr-pool': v.optional(v.array(cidrText), []),
    'default-addr-pool-mask-length': v.optional(wholeNumber(1, 30)),
  }),
  'Hosts that form a swarm before the first step.',
);

export type Swarm = v.InferOutput<typeof swarmSchema>;
