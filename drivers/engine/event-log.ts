import type { Host } from '../../core/host/host.ts';
import { WaitQueue } from '../../core/host/wait-queue.ts';

/** Something that happened in the engine, as `docker events` shows it. */
export interface EngineEvent {
  readonly timeNs: number;
  readonly type: 'container' | 'network' | 'image';
  readonly action: string;
  readonly actorId: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The engine keeps the last of them, as the daemon does. */
const KEPT_EVENTS = 256;

export class EventLog {
  /** Woken at each event. */
  readonly happened = new WaitQueue();
  private readonly host: Host;
  private readonly events: EngineEvent[] = [];
  /** How many there have been. */
  count = 0;

  constructor(host: Host) {
    this.host = host;
  }

  record(
    type: EngineEvent['type'],
    action: string,
    actorId: string,
    attributes: Readonly<Record<string, string>>,
  ): void {
    this.count++;
    this.events.push({ timeNs: this.host.nowNs(), type, action, actorId, attributes });
    if (this.events.length > KEPT_EVENTS) this.events.shift();
    this.happened.wake();
  }

  /** Those after the first `count`, as far as they are kept. */
  after(count: number): readonly EngineEvent[] {
    return this.events.slice(Math.max(0, this.events.length - (this.count - count)));
  }
}
