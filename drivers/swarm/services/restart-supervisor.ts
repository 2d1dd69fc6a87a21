/**
 * Replaces tasks that ended and holds their successors back (swarmkit manager/orchestrator/restart/restart.go).
 */
import { Timer } from '../../../core/sim/timer.ts';
import type { ClusterServices } from './cluster-services.ts';
import { isAlive, type Service, type Task } from './service.ts';
import { isAfter } from './task-state.ts';

const SECOND_NS = 1_000_000_000;
/** How long a successor waits for a task that does not stop. */
const OLD_TASK_TIMEOUT_NS = 60 * SECOND_NS;

/** A task that is ready and not yet to run. */
interface HeldTask {
  readonly task: Task;
  /** Goes off when the delay is over. */
  readonly delay: Timer;
  /** The task that must have stopped first. */
  waitsFor: Task | null;
  readonly giveUp: Timer;
}

export class RestartSupervisor {
  private readonly services: ClusterServices;
  private readonly held = new Map<string, HeldTask>();
  /** When tasks of a slot were replaced, for `--restart-max-attempts`. */
  private readonly history = new Map<string, number[]>();

  constructor(services: ClusterServices) {
    this.services = services;
  }

  /** Whether a successor is due, by the restart policy. */
  shouldRestart(service: Service, task: Task): boolean {
    const { condition, maxAttempts, windowNs } = service.spec.task.restart;
    if (condition === 'none') return false;
    if (condition === 'on-failure' && task.status.state === 'complete') return false;
    if (maxAttempts === 0) return true;
    const sinceNs = windowNs === 0 ? -Infinity : this.nowNs - windowNs;
    const attempts = (this.history.get(slotKey(task)) ?? []).filter((timeNs) => timeNs >= sinceNs);
    return attempts.length < maxAttempts;
  }

  /** Gives a task up and, when the policy says so, makes its successor, which starts after the policy's delay. */
  restart(service: Service, task: Task): void {
    const { services } = this;
    const member = services.cluster.members.get(task.nodeId);
    task.desiredState = 'shutdown';
    services.changed(task);
    const isNodeLost = member === undefined || member.status === 'down';
    const isForced = !isAfter(task.status.state, 'running');
    if (!isForced && !this.shouldRestart(service, task)) return;
    const successor = services.createTask(service, task.slot, task.slot === 0 ? task.nodeId : '');
    const key = slotKey(task);
    this.history.set(key, [...(this.history.get(key) ?? []), this.nowNs]);
    const waitsFor = isNodeLost || !isForced ? null : task;
    this.hold(successor, service.spec.task.restart.delayNs, waitsFor);
  }

  /** Holds a new task at `ready` for so long, and until another has stopped. */
  hold(task: Task, delayNs: number, waitsFor: Task | null): void {
    task.desiredState = 'ready';
    const { sim } = this.services.cluster;
    const held: HeldTask = {
      task,
      waitsFor,
      delay: new Timer(sim, () => this.release(), true),
      giveUp: new Timer(
        sim,
        () => {
          held.waitsFor = null;
          this.release();
        },
        true,
      ),
    };
    this.held.set(task.id, held);
    if (delayNs > 0) held.delay.arm(delayNs);
    if (waitsFor !== null) held.giveUp.arm(OLD_TASK_TIMEOUT_NS);
    this.release();
  }

  /** Lets those run whose time has come. */
  release(): void {
    for (const [id, held] of [...this.held]) {
      const { task, delay, giveUp, waitsFor } = held;
      if (!isAlive(task)) {
        delay.cancel();
        giveUp.cancel();
        this.held.delete(id);
        continue;
      }
      if (delay.armed || (waitsFor !== null && !this.hasStopped(waitsFor))) continue;
      giveUp.cancel();
      this.held.delete(id);
      task.desiredState = 'running';
      this.services.changed(task);
    }
  }

  private hasStopped(task: Task): boolean {
    if (isAfter(task.status.state, 'running') || !this.services.tasks.has(task.id)) return true;
    const member = this.services.cluster.members.get(task.nodeId);
    return member === undefined || member.status === 'down';
  }

  private get nowNs(): number {
    return this.services.cluster.sim.nowNs;
  }
}

function slotKey(task: Task): string {
  return `${task.serviceId}/${task.slot === 0 ? task.nodeId : task.slot}`;
}
