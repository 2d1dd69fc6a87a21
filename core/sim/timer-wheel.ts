/** CONFIG_HZ=250: a jiffy is 4 ms. */
export const JIFFY_NS = 4_000_000;
const LEVEL_BITS = 6;
const LEVEL_CLOCK_SHIFT = 3;
const LEVELS = 9;

/**
 * When a kernel timer armed now for `delayNs` goes off (kernel/time/timer.c, calc_wheel_index): the timer wheel gets
 * coarser with the distance and only ever fires late: by up to 32 ms for a second, 256 ms for five, 2 s for thirty.
 */
export function wheelExpiryNs(nowNs: number, delayNs: number): number {
  const now = Math.floor(nowNs / JIFFY_NS);
  const expires = Math.ceil((nowNs + delayNs) / JIFFY_NS);
  const distance = expires - now;
  let level = 0;
  while (level < LEVELS - 1 && distance >= levelStart(level + 1)) level++;
  const granularity = 2 ** (level * LEVEL_CLOCK_SHIFT);
  return (Math.floor(expires / granularity) + 1) * granularity * JIFFY_NS;
}

/** LVL_START: the distance in jiffies from which a level serves. */
function levelStart(level: number): number {
  return (2 ** LEVEL_BITS - 1) * 2 ** ((level - 1) * LEVEL_CLOCK_SHIFT);
}
