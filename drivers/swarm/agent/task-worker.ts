/** The tasks of a node (swarmkit agent/worker.go): starts and ends runners as the managers say, and reports on them. */
import type { Assignments, TaskReport } from '../services/task-assignment.ts';
import { isAfter } from '../services/task-state.ts';
import type { SwarmNode } from '../swarm-node.ts';
import { TASK_ID_LABEL } from './task-container.ts';
import { TaskRunner } from './task-runner.ts';

export type ReportChannel = (report: TaskReport) => void;

export class TaskWorker {
  /** By task id. */
  readonly runners = new Map<string, TaskRunner>();
  private readonly node: SwarmNode;
  private channel: ReportChannel | null = null;

  constructor(node: SwarmNode) {
    this.node = node;
  }

  /** There is a manager to report to: of all that is, and then of what changes. Null: there is none. */
  reportTo(channel: ReportChannel | null): void {
    this.channel = channel;
    if (channel === null) return;
    for (const { assignment, status } of this.runners.values()) channel({ task: assignment.id, status });
  }

  /** The managers' word on the tasks of this node. */
  receive({ isComplete, tasks, removed }: Assignments): void {
    for (const task of tasks) {
      const runner = this.runners.get(task.id);
      if (runner !== undefined) runner.update(task);
      else if (!isAfter(task.desiredState, 'running')) this.start(task);
      else this.disown(task.id);
    }
    const named = new Set(tasks.map(({ id }) => id));
    const gone = isComplete ? [...this.runners.keys()].filter((id) => !named.has(id)) : removed;
    for (const id of gone) this.forget(id);
  }

  /** The node has left the swarm. */
  stop(): void {
    this.channel = null;
    for (const runner of this.runners.values()) runner.abandon();
    this.runners.clear();
  }

  /** The host has lost power: nothing of its tasks is left but their containers. */
  halt(): void {
    this.channel = null;
    for (const runner of this.runners.values()) runner.halt();
    this.runners.clear();
  }

  private start(task: Assignments['tasks'][number]): void {
    const runner = new TaskRunner(this.node, task, ({ assignment, status }) =>
      this.channel?.({ task: assignment.id, status }),
    );
    this.runners.set(task.id, runner);
  }

  /** A task that is to stop and is not here. */
  private disown(task: string): void {
    const timestampNs = this.node.engine.host.nowNs();
    const status = { timestampNs, message: 'shutdown', error: '', containerId: '', pid: 0, exitCode: 0 };
    this.channel?.({ task, status: { state: 'shutdown', ...status } });
  }

  private forget(id: string): void {
    const runner = this.runners.get(id);
    this.runners.delete(id);
    if (runner !== undefined) {
      runner.remove();
      return;
    }
    // From before the host lost its power.
    const { containers } = this.node.engine;
    const left = containers.list().find(({ config }) => config.labels.get(TASK_ID_LABEL) === id);
    if (left !== undefined) containers.remove(left, true);
  }
}
