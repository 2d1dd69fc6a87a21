import type { IpvsDestination } from '../ipvs-destination.ts';
import type { IpvsHeader } from '../ipvs-header.ts';
import type { IpvsService } from '../ipvs-service.ts';

/** Chooses the destination of a new connection (struct ip_vs_scheduler). One object for each service. */
export interface Scheduler {
  readonly name: string;
  /** The destination for the packet, or null when none takes connections. */
  schedule(service: IpvsService, header: IpvsHeader): IpvsDestination | null;
  /** The list or a weight changed. `removed`: what was just taken out, whose links still show where it was. */
  changed?(service: IpvsService, removed: IpvsDestination | null): void;
}

/** Whether a destination takes new connections. */
export function isOpen(destination: IpvsDestination): boolean {
  return destination.weight > 0 && !destination.overloaded;
}

/** ip_vs_dest_conn_overhead: an active connection counts as much as 256 inactive ones. */
export function connectionOverhead(destination: IpvsDestination): number {
  return destination.activeConnections * 256 + destination.inactiveConnections;
}

/** hash_32 (linux/hash.h): the upper `bits` of a multiplicative hash. */
export function hash32(value: number, bits: number): number {
  return Math.imul(value, 0x61c88647) >>> (32 - bits);
}
