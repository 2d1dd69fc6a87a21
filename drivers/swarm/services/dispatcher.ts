/** Tells nodes about their tasks (swarmkit manager/dispatcher): at first of all, then what changed, in batches. */
import { Timer } from '../../../core/sim/timer.ts';
import type { ClusterServices } from './cluster-services.ts';
import { isBefore } from './task-state.ts';
import type { Task } from './service.ts';
import { assignmentOf, type Assignments, type TaskAssignment } from './task-assignment.ts';

/** How long changes are gathered (batchingWaitTime). */
const BATCH_NS = 100_000_000;

export type AssignmentChannel = (assignments: Assignments) => void;

export class Dispatcher {
  private readonly services: ClusterServices;
  /** By node id. */
  private readonly channels = new Map<string, AssignmentChannel>();
  /** Tasks to tell of, by node id; null for one that is gone. */
  private readonly pending = new Map<string, Map<string, Task | null>>();
  private readonly timer: Timer;

  constructor(services: ClusterServices) {
    this.services = services;
    this.timer = new Timer(services.cluster.sim, () => this.flush(), true);
  }

  /** A node's session has begun; the function returned ends it. */
  attach(nodeId: string, channel: AssignmentChannel): () => void {
    this.channels.set(nodeId, channel);
    this.pending.delete(nodeId);
    const tasks = [...this.services.tasks.values()].filter((task) => task.nodeId === nodeId && isSent(task));
    channel({ kind: 'assignments', isComplete: true, tasks: this.assignments(tasks), removed: [] });
    return () => {
      if (this.channels.get(nodeId) === channel) this.channels.delete(nodeId);
    };
  }

  taskChanged(task: Task): void {
    if (task.nodeId !== '' && isSent(task)) this.note(task.nodeId, task.id, task);
  }

  taskRemoved(task: Task): void {
    if (task.nodeId !== '') this.note(task.nodeId, task.id, null);
  }

  private note(nodeId: string, taskId: string, task: Task | null): void {
    if (!this.channels.has(nodeId)) return;
    const tasks = this.pending.get(nodeId);
    if (tasks === undefined) this.pending.set(nodeId, new Map([[taskId, task]]));
    else tasks.set(taskId, task);
    if (!this.timer.armed) this.timer.arm(BATCH_NS);
  }

  private flush(): void {
    const pending = [...this.pending];
    this.pending.clear();
    for (const [nodeId, tasks] of pending) {
      const changed = [...tasks.values()].filter((task) => task !== null);
      const removed = [...tasks].filter(([, task]) => task === null).map(([id]) => id);
      this.channels.get(nodeId)?.({
        kind: 'assignments',
        isComplete: false,
        tasks: this.assignments(changed),
        removed,
      });
    }
  }

  private assignments(tasks: readonly Task[]): TaskAssignment[] {
    return tasks.map((task) => assignmentOf(this.services, task)).filter((each) => each !== null);
  }
}

/** A node hears of a task once it has been assigned to it. */
function isSent({ status }: Task): boolean {
  return !isBefore(status.state, 'assigned');
}
