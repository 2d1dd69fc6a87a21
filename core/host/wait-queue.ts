import type { Process } from './process.ts';

/** Processes that wait for something to happen. */
export class WaitQueue {
  private waiting: Process[] = [];

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  /** Who has waited longest, or null. */
  get first(): Process | null {
    return this.waiting[0] ?? null;
  }

  add(process: Process): void {
    this.waiting.push(process);
  }

  remove(process: Process): void {
    const index = this.waiting.indexOf(process);
    if (index >= 0) this.waiting.splice(index, 1);
  }

  /** Wakes all that wait, in the order they came. */
  wake(): void {
    if (this.waiting.length === 0) return;
    const woken = this.waiting;
    this.waiting = [];
    for (const process of woken) process.wake(this);
  }
}
