import type { NetDevice } from '../device/net-device.ts';
import type { Timer } from '../sim/timer.ts';
import type { Ipv6Stack } from './ipv6-stack.ts';

/**
 * Router solicitations of one device (addrconf_rs_timer, RFC 7559): the first when the link-local address is known
 * to be unique, then about twice as far apart each time, up to an hour, until an advertisement comes.
 */
export class RouterSolicitation {
  private readonly stack: Ipv6Stack;
  private readonly dev: NetDevice;
  private readonly timer: Timer;
  private probes = 0;
  private intervalNs = 0;

  constructor(stack: Ipv6Stack, dev: NetDevice) {
    this.stack = stack;
    this.dev = dev;
    this.timer = dev.host.timer(() => this.again(), true);
  }

  /** The link-local address became usable. */
  start(): void {
    const config = this.dev.ipv6!;
    this.stack.ndisc.sendRouterSolicitation(this.dev);
    this.probes = 1;
    this.intervalNs = this.spread(config.routerSolicitationIntervalNs, 0.9);
    this.timer.arm(this.intervalNs);
  }

  stop(): void {
    this.timer.cancel();
  }

  private again(): void {
    const config = this.dev.ipv6;
    if (config === null || !config.ready || config.routerSeen || !this.stack.acceptsAdvertisements(this.dev))
      return;
    const limit = config.routerSolicitations;
    if (limit >= 0 && this.probes >= limit) return;
    this.probes++;
    if (!this.stack.ndisc.sendRouterSolicitation(this.dev)) return;
    const longest = config.routerSolicitationMaxIntervalNs;
    const doubled = this.spread(this.intervalNs, 1.9);
    this.intervalNs = doubled > longest ? this.spread(longest, 0.9) : doubled;
    this.timer.arm(this.intervalNs);
  }

  /** rfc3315_s14_backoff_*: `low` to `low` + 0.2 times as long. */
  private spread(ns: number, low: number): number {
    return Math.floor(ns * (low + this.stack.random.unit() * 0.2));
  }
}
