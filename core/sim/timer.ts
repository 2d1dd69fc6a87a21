import type { SimEvent } from './event.ts';
import type { Simulator } from './simulator.ts';

class TimerEvent implements SimEvent {
  timeNs = 0;
  seq = 0;
  queued = false;
  private readonly timer: Timer;

  constructor(timer: Timer) {
    this.timer = timer;
  }

  fire(): void {
    this.queued = false;
    this.timer.eventLeft();
    this.timer.eventFired(this);
  }
}

/**
 * A re-armable, cancellable one-shot timer. Arming later than before costs no queue operation: the queued
 * event is moved on when it comes up, which keeps timers that are pushed back by every packet cheap.
 */
export class Timer {
  private readonly sim: Simulator;
  private readonly callback: () => void;
  private readonly background: boolean;
  private event: TimerEvent;
  private deadlineNs = Infinity;
  private deadlineSeq = 0;

  /** A `background` timer, of a service that never ends, does not keep an unlimited run of the simulator going. */
  constructor(sim: Simulator, callback: () => void, background = false) {
    this.sim = sim;
    this.callback = callback;
    this.background = background;
    this.event = new TimerEvent(this);
  }

  get armed(): boolean {
    return this.deadlineNs !== Infinity;
  }

  /** When the timer will go off, in nanoseconds; Infinity when it is not armed. */
  get expiresNs(): number {
    return this.deadlineNs;
  }

  /** Arms the timer `delayNs` from now, replacing any earlier deadline. */
  arm(delayNs: number): void {
    this.armAt(this.sim.nowNs + delayNs);
  }

  /** Arms the timer for an absolute time. */
  armAt(timeNs: number): void {
    this.deadlineNs = timeNs;
    this.deadlineSeq = this.sim.drawSeq();
    if (this.event.queued && this.event.timeNs <= timeNs) return;
    // The queued event, if any, comes too late: it is left to fire as stale, and a new one takes its place.
    if (this.event.queued) this.event = new TimerEvent(this);
    this.queue();
  }

  cancel(): void {
    this.deadlineNs = Infinity;
  }

  /** For the queue only: an event of this timer, stale or not, has left it. */
  eventLeft(): void {
    if (this.background) this.sim.backgroundPending--;
  }

  /** For the queue only. */
  eventFired(event: TimerEvent): void {
    if (event !== this.event || this.deadlineNs === Infinity) return;
    if (this.deadlineNs > this.sim.nowNs) {
      this.queue();
      return;
    }
    this.deadlineNs = Infinity;
    this.callback();
  }

  private queue(): void {
    this.event.timeNs = this.deadlineNs;
    this.event.seq = this.deadlineSeq;
    this.event.queued = true;
    if (this.background) this.sim.backgroundPending++;
    this.sim.enqueue(this.event);
  }
}
