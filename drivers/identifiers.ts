import type { RandomStream } from '../core/sim/random-streams.ts';

/** An id of 64 hexadecimal digits, as of networks, containers, endpoints and sandboxes. */
export function drawId(random: RandomStream): string {
  return random.hex(64);
}

/** The first twelve digits, which Docker shows. */
export function shortId(id: string): string {
  return id.slice(0, 12);
}
