import { CliError } from '../cli-error.ts';
import type { FlagSpec, Flags } from '../flags.ts';

/** `--dispatcher-heartbeat` of `docker swarm init` and `update`. */
export const DISPATCHER_HEARTBEAT: FlagSpec = {
  name: 'dispatcher-heartbeat',
  kind: 'string',
  type: 'duration',
  usage: 'Dispatcher heartbeat period (ns|us|ms|s|m|h)',
  byDefault: '5s',
};

/** Its value in nanoseconds; null when it was not given. */
export function dispatcherHeartbeat(flags: Flags): number | null {
  const { name } = DISPATCHER_HEARTBEAT;
  return flags.has(name) ? parseGoDuration(flags.string(name)) : null;
}

const UNIT_NS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** `5s`, `1m30s` (time.ParseDuration). */
function parseGoDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text) {
    throw new CliError(
      `invalid argument "${text}" for "--dispatcher-heartbeat" flag: time: invalid duration "${text}"`,
      125,
    );
  }
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNIT_NS[unit!]!, 0);
}
