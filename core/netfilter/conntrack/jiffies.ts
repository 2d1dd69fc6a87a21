/** Ticks a second: Debian's kernels. Conntrack reckons in jiffies, so its times are rounded as the kernel's are. */
export const HZ = 250;
const JIFFY_NS = 1_000_000_000 / HZ;

/** A simulated time in jiffies since the start of the run. */
export function jiffiesOf(timeNs: number): number {
  return Math.floor(timeNs / JIFFY_NS);
}
