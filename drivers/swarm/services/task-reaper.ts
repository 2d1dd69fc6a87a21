/** Does away with tasks that nobody needs any more (swarmkit manager/orchestrator/taskreaper). */
import type { ClusterServices } from './cluster-services.ts';
import type { Task } from './service.ts';
import { isAfter, isBefore } from './task-state.ts';

/** Tasks kept of a slot, the one that runs included (TaskHistoryRetentionLimit). */
const HISTORY_LIMIT = 5;

export function reapTasks(services: ClusterServices): void {
  for (const task of [...services.tasks.values()]) if (isGone(services, task)) services.deleteTask(task);
  for (const tasks of bySlot(services).values()) {
    const dead = tasks.filter(isDead);
    for (const task of dead.slice(0, Math.max(0, tasks.length - HISTORY_LIMIT))) services.deleteTask(task);
  }
}

/** Marked for removal, and stopped or never started; or on a node that is no more. */
function isGone(services: ClusterServices, task: Task): boolean {
  if (task.desiredState !== 'remove') return false;
  if (isDead(task) || isBefore(task.status.state, 'assigned')) return true;
  return !services.cluster.members.has(task.nodeId);
}

function isDead({ status, desiredState }: Task): boolean {
  return (
    isAfter(status.state, 'running') ||
    (isAfter(desiredState, 'running') && isBefore(status.state, 'assigned'))
  );
}

function bySlot(services: ClusterServices): Map<string, Task[]> {
  const slots = new Map<string, Task[]>();
  for (const task of services.tasks.values()) {
    const key = `${task.serviceId}/${task.slot === 0 ? task.nodeId : task.slot}`;
    const tasks = slots.get(key);
    if (tasks === undefined) slots.set(key, [task]);
    else tasks.push(task);
  }
  return slots;
}
