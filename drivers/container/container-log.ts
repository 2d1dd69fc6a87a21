import { WaitQueue } from '../../core/host/wait-queue.ts';
import type { OutputStream } from '../../core/host/streams.ts';
import type { Host } from '../../core/host/host.ts';

export interface LogEntry {
  readonly timeNs: number;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** What a container has printed: kept for `docker logs`, and passed on to those attached. */
export class ContainerLog {
  readonly entries: LogEntry[] = [];
  /** Woken when something is printed, and when the container ends. */
  readonly printed = new WaitQueue();
  private readonly host: Host;
  private readonly listeners: ((entry: LogEntry) => void)[] = [];

  constructor(host: Host) {
    this.host = host;
  }

  /** Where the container's process writes. */
  output(stream: 'stdout' | 'stderr'): OutputStream {
    return { write: (text) => this.add(stream, text), close: () => {} };
  }

  /** Hears of everything printed from now on; the function returned stops that. */
  listen(listener: (entry: LogEntry) => void): () => void {
    this.listeners.push(listener);
    return () => {
      const index = this.listeners.indexOf(listener);
      if (index >= 0) this.listeners.splice(index, 1);
    };
  }

  private add(stream: 'stdout' | 'stderr', text: string): void {
    if (text === '') return;
    const entry = { timeNs: this.host.nowNs(), stream, text };
    this.entries.push(entry);
    for (const listener of this.listeners.slice()) listener(entry);
    this.printed.wake();
  }
}
