import type { Process } from '../../core/host/process.ts';
import { DNS_TYPE } from '../../protocols/dns/index.ts';

/** The number of a record type by its mnemonic or TYPE123; null when there is none of that name. */
export function recordType(text: string): number | null {
  const upper = text.toUpperCase();
  if (Object.hasOwn(DNS_TYPE, upper) && upper !== 'OPT') return DNS_TYPE[upper as keyof typeof DNS_TYPE];
  const match = /^TYPE(\d+)$/.exec(upper);
  return match === null ? null : Number(match[1]);
}

/** Random bytes a client makes up: cookies. */
export function randomBytes(proc: Process, count: number): Uint8Array {
  return proc.host.sim.random.stream(`${proc.host.name}/${proc.netns.id}:dns-cookies`).bytes(count);
}
