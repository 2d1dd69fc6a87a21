import type { IpvsDestination } from '../ipvs-destination.ts';
import type { IpvsService } from '../ipvs-service.ts';
import { connectionOverhead, isOpen, type Scheduler } from './scheduler.ts';

/** Weighted least connection (ip_vs_wlc.c): the fewest connections for its weight. */
export class WeightedLeastConnection implements Scheduler {
  readonly name = 'wlc';

  schedule(service: IpvsService): IpvsDestination | null {
    let least: IpvsDestination | null = null;
    let leastOverhead = 0;
    for (let one = service.first; one !== null; one = one.next) {
      if (!isOpen(one)) continue;
      const overhead = connectionOverhead(one);
      // overhead / weight compared without division.
      if (least !== null && leastOverhead * one.weight <= overhead * least.weight) continue;
      least = one;
      leastOverhead = overhead;
    }
    return least;
  }
}
