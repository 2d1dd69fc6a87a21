import type { IpvsDestination } from '../ipvs-destination.ts';
import type { IpvsService } from '../ipvs-service.ts';
import { isOpen, type Scheduler } from './scheduler.ts';

/**
 * Round robin (ip_vs_rr.c). The cursor is the destination chosen last; null is the list's head. As new destinations
 * are put at the head, the first connection goes to the one added last.
 */
export class RoundRobin implements Scheduler {
  readonly name = 'rr';
  private cursor: IpvsDestination | null = null;

  schedule(service: IpvsService): IpvsDestination | null {
    const last = this.cursor;
    let destination = last === null ? service.first : last.next;
    for (; destination !== null; destination = destination.next) {
      if (isOpen(destination)) return this.choose(destination);
    }
    if (last === null) return null;
    for (destination = service.first; destination !== null; destination = destination.next) {
      if (isOpen(destination)) return this.choose(destination);
      if (destination === last) return null;
    }
    return null;
  }

  /** Deleting what the cursor is at moves it back by one. */
  changed(_service: IpvsService, removed: IpvsDestination | null): void {
    if (removed !== null && this.cursor === removed) this.cursor = removed.previous;
  }

  private choose(destination: IpvsDestination): IpvsDestination {
    this.cursor = destination;
    return destination;
  }
}
