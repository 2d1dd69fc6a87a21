import type { RandomStream } from '../core/sim/random-streams.ts';

/** An id of 64 hexadecimal digits, as of networks, containers, endpoints and sandboxes. */
export function drawId(random: RandomStream): string {
  return random.hex(64);
}

/** The first twelve digits, which Docker shows. */
export function shortId(id: string): string {
  return id.slice(0, 12);
}

/** A stable id of 64 hexadecimal digits in place of a digest: the text, hashed by FNV-1a eight times over. */
export function derivedId(text: string): string {
  let id = '';
  for (let round = 0; id.length < 64; round++) {
    let hash = 0x811c9dc5 ^ Math.imul(round + 1, 0x9e3779b1);
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    hash ^= hash >>> 15;
    id += (Math.imul(hash, 0x85ebca6b) >>> 0).toString(16).padStart(8, '0');
  }
  return id;
}
