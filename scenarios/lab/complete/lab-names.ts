import { engineOf } from '../../../drivers/engine/engine-registry.ts';
import type { World } from '../../run/world.ts';

/** The names that stand where steps' words want one: null when `words` are no such words. */
export function labNames(world: World, words: readonly string[]): string[] | null {
  const [word, ...rest] = words;
  const at = rest.length;
  switch (word) {
    case 'on':
      return at === 0 ? nodeNames(world) : null;
    case 'kill':
      return at === 0 ? containerNames(world) : null;
    case 'link':
      if (at === 0) return [...world.links.keys()];
      return at === 1 ? ['down', 'up'] : [];
    case 'host':
      // `host` is a DNS client too: what it looks up are the same names.
      if (at === 0) return [...world.hosts.keys()];
      return at === 1 && world.hosts.has(rest[0]!) ? ['down', 'up'] : null;
    case 'capture':
      return captureNames(world, rest);
    default:
      return null;
  }
}

/** Every name that a prompt can have. */
export function nodeNames(world: World): string[] {
  return [...world.hosts.keys(), ...containerNames(world)];
}

/** `capture start NAME on POINT [filter …]`, `capture stop`. */
function captureNames(world: World, words: readonly string[]): string[] {
  if (words.length === 0) return ['start', 'stop'];
  if (words[0] !== 'start') return [];
  if (words.length === 2) return ['on'];
  if (words.at(-1) === 'on') return points(world);
  return words.length > 3 && !words.includes('filter') ? ['filter'] : [];
}

/** `host1/eth0`, `c1/eth0`: where a capture can listen. */
function points(world: World): string[] {
  const found: string[] = [];
  for (const [name, host] of world.hosts) {
    for (const device of host.initNamespace.devices) found.push(`${name}/${device.name}`);
    for (const { name: container, netns } of engineOf(host)?.containers.list() ?? []) {
      for (const device of netns?.devices ?? []) found.push(`${container}/${device.name}`);
    }
  }
  return found;
}

function containerNames(world: World): string[] {
  return [...world.hosts.values()].flatMap((host) =>
    (engineOf(host)?.containers.list() ?? []).filter((each) => each.isRunning).map(({ name }) => name),
  );
}
