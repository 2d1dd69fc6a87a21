import type { IpvsDestination } from '../ipvs-destination.ts';
import type { IpvsHeader } from '../ipvs-header.ts';
import { SCHEDULER_FLAG_1, SCHEDULER_FLAG_2, type IpvsService } from '../ipvs-service.ts';
import { hash32, isOpen, type Scheduler } from './scheduler.ts';

const TABLE_BITS = 8;
const TABLE_MASK = (1 << TABLE_BITS) - 1;

/** Source hashing (ip_vs_sh.c): by the client's address, with the flag `sh-port` by its port too. */
export class SourceHashing implements Scheduler {
  readonly name = 'sh';
  private readonly buckets = new Array<IpvsDestination | null>(1 << TABLE_BITS).fill(null);

  constructor(service: IpvsService) {
    this.changed(service);
  }

  schedule(service: IpvsService, header: IpvsHeader): IpvsDestination | null {
    const port = (service.schedulerFlags & SCHEDULER_FLAG_2) !== 0 ? header.sourcePort : 0;
    const first = hashKey(header.source, port, 0);
    const destination = this.buckets[first]!;
    if (destination === null || isOpen(destination)) return destination;
    if ((service.schedulerFlags & SCHEDULER_FLAG_1) === 0) return null;
    return this.fallback(header.source, port, first);
  }

  /** ip_vs_sh_reassign: each destination fills as many buckets in a row as its weight. */
  changed(service: IpvsService): void {
    let destination = service.first;
    let filled = 0;
    for (let i = 0; i < this.buckets.length; i++) {
      destination ??= service.first;
      this.buckets[i] = destination;
      if (destination === null) continue;
      if (++filled >= destination.weight) {
        destination = destination.next;
        filled = 0;
      }
    }
  }

  /** `sh-fallback`: the next bucket whose destination takes connections. */
  private fallback(address: number, port: number, first: number): IpvsDestination | null {
    for (let i = 0; i <= TABLE_MASK; i++) {
      const offset = (i + first) & TABLE_MASK;
      const destination = this.buckets[hashKey(address, port, offset)]!;
      if (destination === null) return null;
      if (isOpen(destination)) return destination;
    }
    return null;
  }
}

function hashKey(address: number, port: number, offset: number): number {
  return (offset + hash32((port + address) | 0, TABLE_BITS)) & TABLE_MASK;
}
