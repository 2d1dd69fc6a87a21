import type { Process } from '../../core/host/process.ts';
import type { WaitRequest } from '../../core/host/program.ts';
import { WaitQueue } from '../../core/host/wait-queue.ts';
import type { Run } from '../line-input.ts';

interface Task {
  run: Run<void>;
  request: WaitRequest;
}

/**
 * Several generators that take turns in one process, as the connections of an event-driven server do. A task that
 * waits for queues may be resumed without cause, so it must look again whether what it waits for is there; one that
 * sleeps is resumed when its time has come.
 */
export class Tasks {
  private readonly tasks: Task[] = [];

  /** Runs a task up to its first wait; it goes on while `run()` is running. */
  start(run: Run<void>): void {
    const first = run.next(null);
    if (first.done !== true) this.tasks.push({ run, request: first.value });
  }

  /** Runs until `main` ends; tasks that are left then are ended too. */
  *runWith<T>(proc: Process, main: Run<T>): Run<T> {
    let step = main.next(null);
    try {
      while (step.done !== true) {
        let wokenBy = yield this.merge(step.value);
        for (let again = true; again && step.done !== true;) {
          const before = proc.host.consumed;
          if (isDue(step.value, wokenBy, proc.nowNs)) step = main.next(wokenBy);
          const hasEnded = this.resumeDue(wokenBy, proc.nowNs);
          // What a task sends may be answered before it waits again, and the main one may wait for a task's end: nobody
          // hears that wake, so all look once more.
          again = hasEnded || proc.host.consumed !== before;
          if (again) wokenBy = ANYTHING;
        }
      }
      return step.value;
    } finally {
      main.return(undefined as T);
      for (const task of this.tasks.splice(0)) task.run.return();
    }
  }

  /** True when a task has ended. */
  private resumeDue(wokenBy: WaitQueue | null, nowNs: number): boolean {
    const before = this.tasks.length;
    for (const task of [...this.tasks]) {
      if (!isDue(task.request, wokenBy, nowNs)) continue;
      const step = task.run.next(task.request.queues.length === 0 ? null : wokenBy);
      if (step.done === true) this.tasks.splice(this.tasks.indexOf(task), 1);
      else task.request = step.value;
    }
    return this.tasks.length < before;
  }

  private merge(main: WaitRequest): WaitRequest {
    const queues = new Set(main.queues);
    let untilNs = main.untilNs;
    for (const { request } of this.tasks) {
      for (const queue of request.queues) queues.add(queue);
      untilNs = Math.min(untilNs, request.untilNs);
    }
    return { queues: [...queues], untilNs };
  }
}

/** Stands for whatever queue may have been woken. */
const ANYTHING = new WaitQueue();

function isDue(request: WaitRequest, wokenBy: WaitQueue | null, nowNs: number): boolean {
  if (nowNs >= request.untilNs) return true;
  return wokenBy !== null && request.queues.length > 0;
}
