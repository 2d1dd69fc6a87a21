import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** A stream of pseudo-random numbers that belongs to one named consumer. */
export class RandomStream {
  private readonly generator: RandomGenerator;

  constructor(seed: number) {
    this.generator = xoroshiro128plus(seed);
  }

  /** A uniform unsigned 32-bit integer. */
  uint32(): number {
    return this.generator.next() >>> 0;
  }

  /** A uniform integer in [0, bound). */
  below(bound: number): number {
    return Math.floor((this.uint32() / 0x1_0000_0000) * bound);
  }

  /** A uniform integer in [low, high]. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** A uniform number in [0, 1). */
  unit(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** `count` uniform bytes. */
  bytes(count: number): Uint8Array {
    const out = new Uint8Array(count);
    for (let i = 0; i < count; i++) out[i] = this.uint32() >>> 24;
    return out;
  }

  /** A string of `count` hexadecimal digits. */
  hex(count: number): string {
    let out = '';
    while (out.length < count) out += this.uint32().toString(16).padStart(8, '0');
    return out.slice(0, count);
  }

  /** The array's elements in a uniform random order (Fisher–Yates); the array itself is left alone. */
  shuffled<T>(values: readonly T[]): T[] {
    const out = values.slice();
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const kept = out[i]!;
      out[i] = out[j]!;
      out[j] = kept;
    }
    return out;
  }
}

/** FNV-1a over a name's UTF-16 units, 32 bits: stable across runs and machines. */
function hashName(name: string, basis: number): number {
  let hash = basis >>> 0;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/**
 * Random numbers by name. A stream depends on the seed and its own name alone, so a consumer added elsewhere
 * does not shift what the others draw.
 */
export class RandomStreams {
  readonly seed: number;
  private readonly streams = new Map<string, RandomStream>();

  constructor(seed: number) {
    this.seed = seed;
  }

  stream(name: string): RandomStream {
    let stream = this.streams.get(name);
    if (stream === undefined) {
      stream = new RandomStream(hashName(name, 0x811c9dc5 ^ Math.imul(this.seed, 0x9e3779b1)) | 0);
      this.streams.set(name, stream);
    }
    return stream;
  }
}
