import type { Host } from './host.ts';
import { Process, type ProcessOptions } from './process.ts';
import type { Program } from './program.ts';

/**
 * The processes of a machine. Those that can run do so one after another, in the order they became runnable,
 * once the packets in progress have been carried up.
 */
export class ProcessTable {
  private readonly host: Host;
  private nextPid = 1000;
  private readonly byPid = new Map<number, Process>();
  private readonly runQueue: Process[] = [];
  private scheduled = false;
  /** The process that is executing, null between steps: files under /proc show what it sees. */
  current: Process | null = null;

  constructor(host: Host) {
    this.host = host;
  }

  /** Starts a program. It takes its first step at the current time, after what is in progress. */
  spawn(program: Program, options: ProcessOptions): Process {
    const process = new Process(this.host, this.nextPid++, options);
    this.byPid.set(process.pid, process);
    process.start(program(process));
    return process;
  }

  find(pid: number): Process | undefined {
    return this.byPid.get(pid);
  }

  /** All running processes, oldest first, threads (`threadOf`) among them. */
  list(): Process[] {
    return [...this.byPid.values()];
  }

  /** Queues a process whose wait is over. */
  makeRunnable(process: Process): void {
    this.runQueue.push(process);
    if (this.scheduled) return;
    this.scheduled = true;
    this.host.sim.atEndOf(this.host.nowNs(), () => this.runAll());
  }

  ended(process: Process): void {
    this.byPid.delete(process.pid);
  }

  private runAll(): void {
    this.scheduled = false;
    if (!this.host.running) {
      this.runQueue.length = 0;
      return;
    }
    // A process woken by one of these runs in this same round, after them.
    this.scheduled = true;
    for (let i = 0; i < this.runQueue.length; i++) {
      const process = this.runQueue[i]!;
      this.current = process;
      if (this.host.cost === null) process.step();
      else this.host.runJob(() => process.step());
    }
    this.current = null;
    this.runQueue.length = 0;
    this.scheduled = false;
  }
}
