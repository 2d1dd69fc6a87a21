/** Flags that the list commands have in common (docker/cli). */
import type { FlagSpec } from './flags.ts';

/** What `parseFilters` reads. */
export const FILTER_FLAG: FlagSpec = {
  name: 'filter',
  short: 'f',
  kind: 'list',
  type: 'filter',
  usage: 'Filter output based on conditions provided',
};

/** How the list of `things` is printed. */
export function formatFlag(things: string): FlagSpec {
  return { name: 'format', kind: 'string', usage: `Pretty-print ${things} using a Go template` };
}

/** Of each row only what identifies it, which `ids` names. */
export function quietFlag(ids = 'IDs'): FlagSpec {
  return { name: 'quiet', short: 'q', kind: 'bool', usage: `Only display ${ids}` };
}
