import type { IpvsService } from '../ipvs-service.ts';
import { DestinationHashing } from './dh.ts';
import { LeastConnection } from './lc.ts';
import { MaglevHashing } from './mh.ts';
import { RoundRobin } from './rr.ts';
import type { Scheduler } from './scheduler.ts';
import { SourceHashing } from './sh.ts';
import { WeightedLeastConnection } from './wlc.ts';
import { WeightedRoundRobin } from './wrr.ts';

/** Schedulers of the kernel that are not modelled. */
export const FOREIGN_SCHEDULERS: readonly string[] = ['lblc', 'lblcr', 'sed', 'nq', 'fo', 'ovf', 'twos'];

const MAKERS: ReadonlyMap<string, (service: IpvsService) => Scheduler> = new Map<
  string,
  (service: IpvsService) => Scheduler
>([
  ['rr', () => new RoundRobin()],
  ['wrr', (service) => new WeightedRoundRobin(service)],
  ['lc', () => new LeastConnection()],
  ['wlc', () => new WeightedLeastConnection()],
  ['sh', (service) => new SourceHashing(service)],
  ['dh', (service) => new DestinationHashing(service)],
  ['mh', (service) => new MaglevHashing(service)],
]);

export function isScheduler(name: string): boolean {
  return MAKERS.has(name);
}

/** A scheduler for a service. */
export function makeScheduler(name: string, service: IpvsService): Scheduler {
  const make = MAKERS.get(name);
  if (make === undefined) throw new Error(`no scheduler ${name}`);
  return make(service);
}
