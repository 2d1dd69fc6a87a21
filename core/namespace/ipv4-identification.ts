import type { RandomStream } from '../sim/random-streams.ts';
import type { Simulator } from '../sim/simulator.ts';

const BUCKETS = 2048;
/** The kernel counts in jiffies; 4 ms is CONFIG_HZ=250. */
const JIFFY_NS = 4_000_000;

/**
 * IP identification numbers (__ip_select_ident in net/ipv4/route.c): a bucket chosen by addresses and protocol,
 * advanced by one plus a random number of at most the jiffies since it was last used.
 */
export class Ipv4Identification {
  private readonly sim: Simulator;
  private readonly random: RandomStream;
  private readonly stamps = new Float64Array(BUCKETS);
  private readonly key: number;
  /** Drawn for the first packet: most namespaces of a machine send none that needs one. */
  private ids: Uint32Array | null = null;

  /** `random` is read by nothing else. */
  constructor(sim: Simulator, random: RandomStream) {
    this.sim = sim;
    this.random = random;
    this.key = random.uint32();
  }

  /** Takes `count` consecutive numbers and returns the first. */
  next(source: number, destination: number, protocol: number, count = 1): number {
    let hash = Math.imul(destination ^ this.key, 0x9e3779b1) ^ Math.imul(source, 0x85ebca6b) ^ protocol;
    hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
    const bucket = (hash >>> 16) & (BUCKETS - 1);
    const jiffies = Math.floor(this.sim.nowNs / JIFFY_NS);
    const ids = (this.ids ??= this.drawIds());
    const idle = jiffies - this.stamps[bucket]!;
    if (idle > 0) {
      this.stamps[bucket] = jiffies;
      ids[bucket]! += this.random.below(idle);
    }
    const first = ids[bucket]! + 1;
    ids[bucket]! += count;
    return first & 0xffff;
  }

  private drawIds(): Uint32Array {
    const ids = new Uint32Array(BUCKETS);
    for (let i = 0; i < BUCKETS; i++) ids[i] = this.random.uint32();
    return ids;
  }
}
