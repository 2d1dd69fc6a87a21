/** Options that `docker swarm init` and `join` have in common. */
import type { NodeAvailability } from '../../../drivers/swarm/cluster.ts';
import { CliError } from '../cli-error.ts';
import type { FlagSpec, Flags } from '../flags.ts';

const AVAILABILITIES = ['active', 'pause', 'drain'] as const;
const LISTEN_EVERYWHERE = '0.0.0.0:2377';

export const NODE_FLAGS: readonly FlagSpec[] = [
  { name: 'advertise-addr', kind: 'string', usage: 'Advertised address (format: <ip|interface>[:port])' },
  {
    name: 'availability',
    kind: 'string',
    usage: 'Availability of the node ("active"|"pause"|"drain")',
    byDefault: '"active"',
  },
  {
    name: 'data-path-addr',
    kind: 'string',
    usage: 'Address or interface to use for data path traffic (format: <ip|interface>)',
  },
  {
    name: 'listen-addr',
    kind: 'string',
    type: 'node-addr',
    usage: 'Listen address (format: <ip|interface>[:port])',
    byDefault: LISTEN_EVERYWHERE,
  },
];

export interface NodeOptions {
  readonly advertiseAddress: string;
  readonly dataPathAddress: string;
  readonly availability: NodeAvailability;
}

/** Reads them. Not modelled: listening elsewhere than on every address at 2377. */
export function nodeOptions(flags: Flags, command: string): NodeOptions {
  const listen = flags.string('listen-addr', LISTEN_EVERYWHERE);
  if (listen !== LISTEN_EVERYWHERE && listen !== '0.0.0.0') {
    throw new CliError(
      `docker swarm ${command}: --listen-addr other than ${LISTEN_EVERYWHERE} is not modelled`,
    );
  }
  return {
    advertiseAddress: flags.string('advertise-addr'),
    dataPathAddress: flags.string('data-path-addr'),
    availability: availability(flags.string('availability', 'active')),
  };
}

function availability(text: string): NodeAvailability {
  const found = AVAILABILITIES.find((each) => each === text.toLowerCase());
  if (found !== undefined) return found;
  throw new CliError(`invalid availability "${text}", only active, pause and drain are supported`);
}

/** Refuses flags that docker has and that are not modelled, by name. */
export function refuseFlags(flags: Flags, command: string, names: readonly string[]): void {
  for (const name of names) {
    if (flags.has(name)) throw new CliError(`docker swarm ${command}: --${name} is not modelled`);
  }
}
