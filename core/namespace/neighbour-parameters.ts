/** Timers of a neighbour table on a device (struct neigh_parms), in nanoseconds; defaults of net/ipv4/arp.c. */
export class NeighbourParameters {
  baseReachableTimeNs = 30_000_000_000;
  /** For ARP the base, see arp.ts; for ND drawn from half to one and a half times the base. */
  reachableTimeNs = 30_000_000_000;
  delayProbeTimeNs = 5_000_000_000;
  retransTimeNs = 1_000_000_000;
  gcStaletimeNs = 60_000_000_000;
  locktimeNs = 1_000_000_000;
  proxyDelayNs = 800_000_000;
  ucastProbes = 3;
  mcastProbes = 3;
  appProbes = 0;
  queueLenBytes = 212_992;
  /** The settings of a device that were written and so no more follow the default (data_state). */
  readonly written = new Set<string>();

  /** What a new device starts from (neigh_parms_alloc). */
  static of(defaults: NeighbourParameters): NeighbourParameters {
    return Object.assign(new NeighbourParameters(), defaults, { written: new Set<string>() });
  }
}
