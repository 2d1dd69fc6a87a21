/**
 * Sees to it that every service has the tasks that it asks for (swarmkit manager/orchestrator/replicated, global).
 */
import type { ClusterMember } from '../cluster.ts';
import type { ClusterServices } from './cluster-services.ts';
import { meetsConstraints, parseConstraints } from './constraint.ts';
import { isAlive, type Service, type Task } from './service.ts';
import { isAfter } from './task-state.ts';

export class Orchestrator {
  private readonly services: ClusterServices;

  constructor(services: ClusterServices) {
    this.services = services;
  }

  /** Brings a service's tasks in line with its spec and with the state of the nodes. */
  reconcile(service: Service): void {
    if (service.spec.replicas === null) this.reconcileGlobal(service);
    else this.reconcileReplicated(service, service.spec.replicas);
  }

  private reconcileReplicated(service: Service, replicas: number): void {
    const { services } = this;
    for (const task of services.tasksOf(service)) {
      if (isAfter(task.desiredState, 'running')) continue;
      const hasEnded = isAfter(task.status.state, 'running');
      if (hasEnded || this.isOnInvalidNode(task)) services.restarts.restart(service, task);
    }
    const slots = this.occupiedSlots(service);
    if (slots.size > replicas) {
      for (const tasks of this.surplus(slots, replicas)) for (const task of tasks) this.removeTask(task);
      return;
    }
    for (let slot = 1, count = slots.size; count < replicas; slot++) {
      if (slots.has(slot)) continue;
      services.createTask(service, slot, '');
      count++;
    }
  }

  /** By slot: the tasks that are to run, or the last one when it is not to be replaced. */
  private occupiedSlots(service: Service): Map<number, Task[]> {
    const bySlot = new Map<number, Task[]>();
    for (const task of this.services.tasksOf(service)) {
      bySlot.set(task.slot, [...(bySlot.get(task.slot) ?? []), task]);
    }
    const occupied = new Map<number, Task[]>();
    for (const [slot, tasks] of [...bySlot].sort(([a], [b]) => a - b)) {
      const wanted = tasks.filter(({ desiredState }) => !isAfter(desiredState, 'running'));
      const last = tasks.at(-1)!;
      if (wanted.length > 0) occupied.set(slot, wanted);
      else if (last.desiredState !== 'remove' && !this.services.restarts.shouldRestart(service, last)) {
        occupied.set(slot, [last]);
      }
    }
    return occupied;
  }

  /**
   * The slots to give up: those that do not run, then those on nodes that have more of the service than others, and
   * of those the higher ones.
   */
  private surplus(slots: ReadonlyMap<number, Task[]>, keep: number): Task[][] {
    const onNode = new Map<string, number>();
    const isRunning = (tasks: readonly Task[]) => tasks.some(({ status }) => status.state === 'running');
    return [...slots.values()]
      .sort((a, b) => Number(isRunning(b)) - Number(isRunning(a)))
      .map((tasks) => {
        const nodeId = tasks[0]!.nodeId;
        const nth = (onNode.get(nodeId) ?? 0) + 1;
        onNode.set(nodeId, nth);
        return { tasks, nth: nodeId === '' ? Infinity : nth };
      })
      .sort((a, b) => (a.nth === b.nth ? 0 : a.nth - b.nth))
      .slice(keep)
      .map(({ tasks }) => tasks);
  }

  private removeTask(task: Task): void {
    task.desiredState = 'remove';
    this.services.changed(task);
  }

  private reconcileGlobal(service: Service): void {
    const { services } = this;
    const constraints = parseConstraints(service.spec.task.placement.constraints);
    const tasks = services.tasksOf(service);
    for (const member of services.cluster.members.values()) {
      const own = tasks.filter(({ nodeId }) => nodeId === member.id);
      const wanted = own.filter(({ desiredState }) => !isAfter(desiredState, 'running'));
      if (member.availability === 'drain' || !meetsConstraints(constraints, member)) {
        for (const task of wanted) {
          task.desiredState = 'shutdown';
          services.changed(task);
        }
        continue;
      }
      for (const task of wanted) {
        if (isAfter(task.status.state, 'running')) services.restarts.restart(service, task);
      }
      const last = own.at(-1);
      const isSettled =
        wanted.length > 0 ||
        (last !== undefined &&
          isAfter(last.status.state, 'running') &&
          last.status.state !== 'shutdown' &&
          !services.restarts.shouldRestart(service, last));
      if (!isSettled && isReady(member) && member.availability === 'active') {
        services.createTask(service, 0, member.id);
      }
    }
    for (const task of tasks) {
      if (task.nodeId !== '' && !services.cluster.members.has(task.nodeId)) this.removeTask(task);
    }
  }

  /** orchestrator.InvalidNode: gone, down, or drained. */
  private isOnInvalidNode(task: Task): boolean {
    if (task.nodeId === '') return false;
    const member = this.services.cluster.members.get(task.nodeId);
    return member === undefined || member.status === 'down' || member.availability === 'drain';
  }
}

function isReady(member: ClusterMember): boolean {
  return member.status === 'ready';
}

/** Whether the service has as many running tasks as it asks for. */
export function isConverged(services: ClusterServices, service: Service): boolean {
  const running = services
    .tasksOf(service)
    .filter((task) => isAlive(task) && task.status.state === 'running');
  return running.length >= services.wantedTasks(service);
}
