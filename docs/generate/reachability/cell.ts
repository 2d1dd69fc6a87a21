import { ARP_PACKET, type LoggedDrop } from './drop-log.ts';
import type { Outcome } from './outcome.ts';
import type { Protocol } from './probe.ts';

/** What a cell of the tables says. */
export function cellText(protocol: Protocol, outcome: Outcome): string {
  const { kind, seenAs, text, drop } = outcome;
  switch (kind) {
    case 'reaches':
      return `reaches, as ${seenAs}`;
    case 'no answer':
      return `arrives as ${seenAs}; the answer${drop === null ? '' : ` from ${drop.source}`} is lost (${why(drop)})`;
    case 'closed':
      return 'accepted, then closed';
    case 'refused':
      return protocol === 'tcp' ? 'refused (RST)' : 'refused (port unreachable)';
    case 'unreachable':
      return `unreachable: ${text}${drop === null ? '' : ` (${why(drop)})`}`;
    case 'no name':
      return `no such name: ${text}`;
    case 'times out':
      return `times out (${why(drop)})`;
  }
}

/** `filter:FORWARD:policy:3 policy DROP` as `filter FORWARD policy DROP`, and a rule without its number. */
export function why(drop: LoggedDrop | null): string {
  if (drop === null) return 'nothing was dropped';
  if (drop.reason === 'NEIGH_FAILED') return 'no answer to ARP';
  if (drop.protocol === ARP_PACKET) return `no answer to ARP: \`${drop.reason}\``;
  const match = /^(\w+):([^:]+):\w+:\d+ (.+)$/.exec(drop.rule);
  return match === null ? `\`${drop.reason}\`` : `\`${match[1]} ${match[2]} ${match[3]}\``;
}
