import type { IpvsDestination } from '../ipvs-destination.ts';
import type { IpvsHeader } from '../ipvs-header.ts';
import { SCHEDULER_FLAG_1, SCHEDULER_FLAG_2, type IpvsService } from '../ipvs-service.ts';
import { isOpen, type Scheduler } from './scheduler.ts';
import { hsiphash } from './siphash.ts';
import { greatestCommonDivisor } from './wrr.ts';

/** CONFIG_IP_VS_MH_TAB_INDEX is 12: a table of 4093 places, and weights of at most six bits. */
const TABLE_SIZE = 4093;
const WEIGHT_BITS = 6;
const OFFSET_KEY = 2654435761n;
const SKIP_KEY = 2654446892n;

interface Turn {
  readonly destination: IpvsDestination;
  readonly turns: number;
  readonly skip: number;
  place: number;
}

/**
 * Maglev hashing (ip_vs_mh.c; Eisenbud et al., NSDI 2016): each destination takes the places of a table in an order of
 * its own, so that few change hands when one comes or goes.
 */
export class MaglevHashing implements Scheduler {
  readonly name = 'mh';
  private readonly table = new Array<IpvsDestination | null>(TABLE_SIZE).fill(null);

  constructor(service: IpvsService) {
    this.changed(service);
  }

  schedule(service: IpvsService, header: IpvsHeader): IpvsDestination | null {
    const port = (service.schedulerFlags & SCHEDULER_FLAG_2) !== 0 ? header.sourcePort : 0;
    const first = hashKey(header.source, port, OFFSET_KEY, 0) % TABLE_SIZE;
    const destination = this.table[first]!;
    if (destination === null || isOpen(destination)) return destination;
    if ((service.schedulerFlags & SCHEDULER_FLAG_1) === 0) return null;
    return this.fallback(header.source, port, first);
  }

  /** ip_vs_mh_reassign. */
  changed(service: IpvsService): void {
    this.table.fill(null);
    const turns = turnsOf(service);
    if (turns.every((turn) => turn.turns < 1)) return;
    let filled = 0;
    for (;;) {
      for (const turn of turns) {
        for (let i = 0; i < turn.turns; i++) {
          this.take(turn);
          if (++filled === TABLE_SIZE) return;
        }
      }
    }
  }

  /** The next free place in a destination's own order. */
  private take(turn: Turn): void {
    while (this.table[turn.place] !== null) turn.place = (turn.place + turn.skip) % TABLE_SIZE;
    this.table[turn.place] = turn.destination;
  }

  /** `mh-fallback`. */
  private fallback(address: number, port: number, first: number): IpvsDestination | null {
    for (let i = 0; i < TABLE_SIZE; i++) {
      const offset = (i + first) % TABLE_SIZE;
      const destination = this.table[hashKey(address, port, OFFSET_KEY, offset) % TABLE_SIZE]!;
      if (destination === null) return null;
      if (isOpen(destination)) return destination;
    }
    return null;
  }
}

/** How many places in a row each destination takes: its weight over the common divisor, cut to six bits. */
function turnsOf(service: IpvsService): Turn[] {
  let divisor = 0;
  let highest = 0;
  for (let one = service.first; one !== null; one = one.next) {
    if (one.lastWeight > 0) divisor = greatestCommonDivisor(one.lastWeight, divisor);
    highest = Math.max(highest, one.lastWeight);
  }
  if (divisor === 0) return [];
  const bits = 32 - Math.clz32(Math.floor(highest / divisor));
  const shift = Math.max(0, bits - WEIGHT_BITS);
  return service.destinations().map((destination) => {
    const weight = destination.lastWeight;
    const place = hashKey(destination.address, destination.port, OFFSET_KEY, 0) % TABLE_SIZE;
    const skip = (hashKey(destination.address, destination.port, SKIP_KEY, 0) % (TABLE_SIZE - 1)) + 1;
    const turns = Math.floor(weight / divisor) >> shift;
    return { destination, turns: turns !== 0 || weight === 0 ? turns : 1, skip, place };
  });
}

function hashKey(address: number, port: number, key: bigint, offset: number): number {
  return hsiphash((offset + port + address) | 0, key);
}
