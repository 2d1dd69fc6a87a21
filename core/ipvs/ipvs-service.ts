import type { IpvsDestination } from './ipvs-destination.ts';
import { IpvsStatistics } from './ipvs-statistics.ts';
import type { Scheduler } from './scheduler/scheduler.ts';

/** What `ipvsadm -b` sets; their meaning is the scheduler's. */
export const SCHEDULER_FLAG_1 = 0x08;
export const SCHEDULER_FLAG_2 = 0x10;
export const SCHEDULER_FLAG_3 = 0x20;

/** A virtual service: by protocol, address and port, or by firewall mark (struct ip_vs_service). */
export class IpvsService {
  /** 0 unless the service is chosen by mark. */
  readonly fwmark: number;
  readonly protocol: number;
  readonly address: number;
  readonly port: number;
  scheduler!: Scheduler;
  schedulerFlags = 0;
  persistent = false;
  /** Of the persistence template, in seconds. */
  persistentTimeoutS = 0;
  /** Which clients share a template. */
  netmask = 0xffffffff;
  onePacket = false;
  readonly statistics: IpvsStatistics;
  destinationCount = 0;
  /** The destination that was added last is the first: the kernel's list_add_rcu puts it at the head. */
  first: IpvsDestination | null = null;
  last: IpvsDestination | null = null;

  constructor(fwmark: number, protocol: number, address: number, port: number, now: number) {
    this.fwmark = fwmark;
    this.protocol = protocol;
    this.address = address;
    this.port = port;
    this.statistics = new IpvsStatistics(now);
  }

  find(address: number, port: number): IpvsDestination | null {
    let destination = this.first;
    while (destination !== null && (destination.address !== address || destination.port !== port)) {
      destination = destination.next;
    }
    return destination;
  }

  /** From the head on. */
  destinations(): IpvsDestination[] {
    const all: IpvsDestination[] = [];
    for (let one = this.first; one !== null; one = one.next) all.push(one);
    return all;
  }

  /** Puts a destination at the head of the list. */
  link(destination: IpvsDestination): void {
    destination.previous = null;
    destination.next = this.first;
    if (this.first === null) this.last = destination;
    else this.first.previous = destination;
    this.first = destination;
    this.destinationCount++;
  }

  /** Takes a destination out of the list; its own links stay for the scheduler to read. */
  unlink(destination: IpvsDestination): void {
    const { next, previous } = destination;
    if (previous === null) this.first = next;
    else previous.next = next;
    if (next === null) this.last = previous;
    else next.previous = previous;
    this.destinationCount--;
  }
}
