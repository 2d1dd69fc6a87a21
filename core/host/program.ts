import type { Process } from './process.ts';
import type { WaitQueue } from './wait-queue.ts';

/**
 * What a program yields to sleep: it is resumed when any of `queues` is woken or `untilNs` comes, with the queue
 * that woke it or null for the time. Use `proc.sleep`, `proc.wait` rather than yielding one by hand.
 */
export interface WaitRequest {
  queues: readonly WaitQueue[];
  /** Absolute simulated time, Infinity for never. */
  untilNs: number;
}

export type ProgramRun = Generator<WaitRequest, number, WaitQueue | null>;

/** A program: a generator that reads top to bottom and returns its exit code. */
export type Program = (proc: Process) => ProgramRun;

/** Programs by name, as found on PATH. Images and drivers start programs through it. */
export class ProgramRegistry {
  private readonly programs = new Map<string, Program>();

  register(name: string, program: Program): void {
    this.programs.set(name, program);
  }

  /** The program of that name; a leading directory is ignored (`/bin/ping`). */
  find(name: string): Program | undefined {
    return this.programs.get(name.slice(name.lastIndexOf('/') + 1));
  }

  names(): string[] {
    return [...this.programs.keys()].sort();
  }
}
