import FastPriorityQueue from 'fastpriorityqueue';
import type { SimEvent } from './event.ts';
import { RandomStreams } from './random-streams.ts';

/** Past every sequence number that a run can reach. */
const LAST_SEQ = 2 ** 52;

/** The total order of events. fastpriorityqueue is not stable, so ties are broken here by sequence number. */
function runsBefore(a: SimEvent, b: SimEvent): boolean {
  return a.timeNs < b.timeNs || (a.timeNs === b.timeNs && a.seq < b.seq);
}

class CallbackEvent implements SimEvent {
  timeNs: number;
  seq: number;
  readonly callback: () => void;

  constructor(timeNs: number, seq: number, callback: () => void) {
    this.timeNs = timeNs;
    this.seq = seq;
    this.callback = callback;
  }

  fire(): void {
    this.callback();
  }
}

/**
 * The clock and the event queue of one simulation.
 *
 * Time is integer nanoseconds since the start of the run, exact in a JS number for 104 days. The queue holds
 * heads only: a link keeps the frames in flight in a FIFO of its own and queues one event, so the heap's size
 * is the number of busy links and armed timers.
 */
export class Simulator {
  /** The simulated time in nanoseconds. Only `run` moves it. */
  nowNs = 0;
  readonly random: RandomStreams;
  /** Events fired so far. */
  fired = 0;
  /** How many of the waiting events are background timers' (see Timer). */
  backgroundPending = 0;
  private nextSeq = 0;
  private stopped = false;
  private readonly queue = new FastPriorityQueue<SimEvent>(runsBefore);

  constructor(seed = 1) {
    this.random = new RandomStreams(seed);
  }

  /** Draws the sequence number of an event about to be scheduled. */
  drawSeq(): number {
    return this.nextSeq++;
  }

  /** Puts an event whose `timeNs` and `seq` are set into the queue. An event must not be queued twice. */
  enqueue(event: SimEvent): void {
    this.queue.add(event);
  }

  /** Runs `callback` at an absolute time, not before now. For occasional use: it allocates; see Timer and Link. */
  at(timeNs: number, callback: () => void): void {
    this.queue.add(new CallbackEvent(Math.max(timeNs, this.nowNs), this.nextSeq++, callback));
  }

  /**
   * Runs `callback` at an absolute time, after every other event of that time, those still to be scheduled for it
   * among them: how a program gets the processor when the interrupts have been served.
   */
  atEndOf(timeNs: number, callback: () => void): void {
    this.queue.add(new CallbackEvent(Math.max(timeNs, this.nowNs), LAST_SEQ + this.nextSeq++, callback));
  }

  /** Number of events waiting, cancelled timers included. */
  get pending(): number {
    return this.queue.size;
  }

  /** Time of the next event, or Infinity when none is waiting. */
  nextEventNs(): number {
    return this.queue.peek()?.timeNs ?? Infinity;
  }

  /** Ends `run` after the event in progress. */
  stop(): void {
    this.stopped = true;
  }

  /**
   * Fires events in order until none is left, `stop` is called, or the next lies after `untilNs`; in that last
   * case the clock is moved to `untilNs`. Without a limit it also ends when only background timers are waiting.
   */
  run(untilNs = Infinity): void {
    this.stopped = false;
    const queue = this.queue;
    while (!this.stopped) {
      const event = queue.peek();
      if (event === undefined) return;
      if (untilNs === Infinity && queue.size === this.backgroundPending) return;
      if (event.timeNs > untilNs) {
        this.nowNs = Math.max(this.nowNs, untilNs);
        return;
      }
      queue.poll();
      this.nowNs = event.timeNs;
      this.fired++;
      event.fire();
    }
  }
}
