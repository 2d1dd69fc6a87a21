import type { IpvsDestination } from '../ipvs-destination.ts';
import type { IpvsService } from '../ipvs-service.ts';
import { isOpen, type Scheduler } from './scheduler.ts';

/**
 * Weighted round robin (ip_vs_wrr.c): passes over the list for a level that falls from the highest weight by the
 * weights' greatest common divisor; a destination is chosen in each pass whose level it reaches.
 */
export class WeightedRoundRobin implements Scheduler {
  readonly name = 'wrr';
  /** Chosen last; null is the list's head. */
  private cursor: IpvsDestination | null = null;
  private level = 0;
  private highest = 0;
  private step = 1;

  constructor(service: IpvsService) {
    this.measure(service);
    this.level = this.highest;
  }

  schedule(service: IpvsService): IpvsDestination | null {
    if (this.highest === 0) return null;
    // Two rounds of all levels have seen every destination at the lowest, wherever they began.
    let wraps = 0;
    let destination = this.cursor === null ? service.first : this.cursor.next;
    for (;;) {
      for (; destination !== null; destination = destination.next) {
        if (destination.weight >= this.level && isOpen(destination)) {
          this.cursor = destination;
          return destination;
        }
      }
      this.level -= this.step;
      if (this.level <= 0) {
        this.level = this.highest;
        if (++wraps === 2) return null;
      }
      destination = service.first;
    }
  }

  /** ip_vs_wrr_dest_changed. */
  changed(service: IpvsService): void {
    this.cursor = null;
    this.measure(service);
    if (this.level > this.highest || this.level === 0) this.level = this.highest;
    else if (this.step > 1) this.level = Math.floor(this.level / this.step) * this.step + 1;
  }

  private measure(service: IpvsService): void {
    let divisor = 0;
    let highest = 0;
    for (let one = service.first; one !== null; one = one.next) {
      if (one.weight <= 0) continue;
      divisor = greatestCommonDivisor(one.weight, divisor);
      highest = Math.max(highest, one.weight);
    }
    this.step = divisor === 0 ? 1 : divisor;
    this.highest = highest === 0 ? 0 : highest - (this.step - 1);
  }
}

export function greatestCommonDivisor(a: number, b: number): number {
  let [high, low] = [a, b];
  while (low !== 0) [high, low] = [low, high % low];
  return high;
}
