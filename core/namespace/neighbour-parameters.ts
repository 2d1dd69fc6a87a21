/** Timers of a neighbour table on a device (struct neigh_parms), in nanoseconds; defaults of net/ipv4/arp.c. */
export class NeighbourParameters {
  baseReachableTimeNs = 30_000_000_000;
  /** Drawn uniformly from half to one and a half times the base (neigh_rand_reach_time). */
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
}
