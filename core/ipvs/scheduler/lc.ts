import type { IpvsDestination } from '../ipvs-destination.ts';
import type { IpvsService } from '../ipvs-service.ts';
import { connectionOverhead, isOpen, type Scheduler } from './scheduler.ts';

/** Least connection (ip_vs_lc.c): the destination with the fewest; of equals, the first in the list. */
export class LeastConnection implements Scheduler {
  readonly name = 'lc';

  schedule(service: IpvsService): IpvsDestination | null {
    let least: IpvsDestination | null = null;
    let leastOverhead = Infinity;
    for (let one = service.first; one !== null; one = one.next) {
      if (!isOpen(one)) continue;
      const overhead = connectionOverhead(one);
      if (overhead >= leastOverhead) continue;
      least = one;
      leastOverhead = overhead;
    }
    return least;
  }
}
