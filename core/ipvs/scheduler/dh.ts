import type { IpvsDestination } from '../ipvs-destination.ts';
import type { IpvsHeader } from '../ipvs-header.ts';
import type { IpvsService } from '../ipvs-service.ts';
import { hash32, isOpen, type Scheduler } from './scheduler.ts';

const TABLE_BITS = 8;

/** Destination hashing (ip_vs_dh.c): by the address the client asked for. */
export class DestinationHashing implements Scheduler {
  readonly name = 'dh';
  private readonly buckets = new Array<IpvsDestination | null>(1 << TABLE_BITS).fill(null);

  constructor(service: IpvsService) {
    this.changed(service);
  }

  schedule(_service: IpvsService, header: IpvsHeader): IpvsDestination | null {
    const destination = this.buckets[hash32(header.destination, TABLE_BITS)]!;
    return destination !== null && isOpen(destination) ? destination : null;
  }

  /** ip_vs_dh_reassign: the buckets are dealt out in the order of the list. */
  changed(service: IpvsService): void {
    let destination = service.first;
    for (let i = 0; i < this.buckets.length; i++) {
      destination ??= service.first;
      this.buckets[i] = destination;
      destination = destination === null ? null : destination.next;
    }
  }
}
