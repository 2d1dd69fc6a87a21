import { HZ } from '../netfilter/conntrack/jiffies.ts';

/** How often rates are taken (ip_vs_est.c). */
const TICK_JIFFIES = 2 * HZ;

/**
 * Counters of a service, a destination or the whole, and the rates estimated from them every two seconds
 * (struct ip_vs_stats, ip_vs_est.c). Nothing is timed: ticks that have passed are made up for by the next packet or
 * the next reader.
 */
export class IpvsStatistics {
  connections = 0;
  inPackets = 0;
  outPackets = 0;
  inBytes = 0;
  outBytes = 0;
  /** Scaled rates: connections and packets by 2^10, bytes by 2^5. */
  private cps = 0;
  private inPps = 0;
  private outPps = 0;
  private inBps = 0;
  private outBps = 0;
  private lastConnections = 0;
  private lastInPackets = 0;
  private lastOutPackets = 0;
  private lastInBytes = 0;
  private lastOutBytes = 0;
  private nextTick: number;

  /** `now` in jiffies. */
  constructor(now: number) {
    this.nextTick = now + TICK_JIFFIES;
  }

  countConnection(now: number): void {
    if (now >= this.nextTick) this.estimate(now);
    this.connections++;
  }

  countIn(now: number, bytes: number): void {
    if (now >= this.nextTick) this.estimate(now);
    this.inPackets++;
    this.inBytes += bytes;
  }

  countOut(now: number, bytes: number): void {
    if (now >= this.nextTick) this.estimate(now);
    this.outPackets++;
    this.outBytes += bytes;
  }

  /** Rates a second as they are shown (ip_vs_read_estimator). */
  rates(now: number): IpvsRates {
    if (now >= this.nextTick) this.estimate(now);
    return {
      cps: (this.cps + 0x1ff) >> 10,
      inPps: (this.inPps + 0x1ff) >> 10,
      outPps: (this.outPps + 0x1ff) >> 10,
      inBps: Math.floor((this.inBps + 0xf) / 32),
      outBps: Math.floor((this.outBps + 0xf) / 32),
    };
  }

  /** ip_vs_zero_stats: what is shown starts at zero again. */
  zero(now: number): void {
    this.connections = this.inPackets = this.outPackets = this.inBytes = this.outBytes = 0;
    this.cps = this.inPps = this.outPps = this.inBps = this.outBps = 0;
    this.keepLast();
    this.nextTick = now + TICK_JIFFIES;
  }

  /** estimation_timer, for every tick that is due: all that was counted belongs to the first of them. */
  private estimate(now: number): void {
    let ticks = Math.floor((now - this.nextTick) / TICK_JIFFIES) + 1;
    this.nextTick += ticks * TICK_JIFFIES;
    this.cps = smooth(this.cps, (this.connections - this.lastConnections) * 512);
    this.inPps = smooth(this.inPps, (this.inPackets - this.lastInPackets) * 512);
    this.outPps = smooth(this.outPps, (this.outPackets - this.lastOutPackets) * 512);
    this.inBps = smooth(this.inBps, (this.inBytes - this.lastInBytes) * 16);
    this.outBps = smooth(this.outBps, (this.outBytes - this.lastOutBytes) * 16);
    this.keepLast();
    while (--ticks > 0 && this.isMoving()) {
      this.cps = smooth(this.cps, 0);
      this.inPps = smooth(this.inPps, 0);
      this.outPps = smooth(this.outPps, 0);
      this.inBps = smooth(this.inBps, 0);
      this.outBps = smooth(this.outBps, 0);
    }
  }

  private isMoving(): boolean {
    return this.cps + this.inPps + this.outPps + this.inBps + this.outBps !== 0;
  }

  private keepLast(): void {
    this.lastConnections = this.connections;
    this.lastInPackets = this.inPackets;
    this.lastOutPackets = this.outPackets;
    this.lastInBytes = this.inBytes;
    this.lastOutBytes = this.outBytes;
  }
}

/** Rates a second. */
export interface IpvsRates {
  cps: number;
  inPps: number;
  outPps: number;
  inBps: number;
  outBps: number;
}

/** An exponential mean: a quarter of the way to the new rate. The kernel's shift rounds down. */
function smooth(mean: number, rate: number): number {
  return mean + Math.floor((rate - mean) / 4);
}
