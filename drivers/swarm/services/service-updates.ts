/**
 * Rolling updates (swarmkit manager/orchestrator/update/updater.go): the slots whose tasks are not what the spec says
 * are replaced, so many at a time, each new task watched for a while.
 */
import { Timer } from '../../../core/sim/timer.ts';
import type { ClusterServices } from './cluster-services.ts';
import type { Service, Task } from './service.ts';
import type { UpdateConfig } from './service-spec.ts';
import { isAfter } from './task-state.ts';

/** A slot that is being replaced, or whose worker pauses after it. */
interface Replacement {
  readonly task: Task;
  /** When it runs, and until when it is watched; null before. */
  watchedUntilNs: number | null;
  /** The worker goes on to another slot then; null before it runs. */
  freeNs: number | null;
  hasFailed: boolean;
}

interface Update {
  readonly isRollback: boolean;
  readonly specVersion: number;
  readonly replacements: Map<string, Replacement>;
  isOver: boolean;
}

export class ServiceUpdates {
  private readonly services: ClusterServices;
  private readonly updates = new Map<string, Update>();
  private readonly timer: Timer;

  constructor(services: ClusterServices) {
    this.services = services;
    this.timer = new Timer(services.cluster.sim, () => services.wake(), true);
  }

  /** A service's spec has changed. */
  begin(service: Service, isRollback: boolean): void {
    this.updates.set(service.id, {
      isRollback,
      specVersion: service.specVersion,
      replacements: new Map(),
      isOver: false,
    });
  }

  end(service: Service): void {
    this.updates.delete(service.id);
  }

  /** Does what is due. */
  advance(service: Service): void {
    const update = this.updates.get(service.id);
    if (update === undefined || update.isOver) return;
    const stale = this.staleSlots(service);
    if (stale.size === 0 && update.replacements.size === 0) {
      this.updates.delete(service.id);
      return;
    }
    if (service.updateStatus === null) this.announceStart(service, update);
    const config = update.isRollback ? service.spec.rollback : service.spec.update;
    this.watch(update, config);
    if (this.tooManyFailures(service, update, config)) return;
    for (const [key, tasks] of stale) {
      if (config.parallelism > 0 && this.busy(update) >= config.parallelism) break;
      if (update.replacements.get(key)?.freeNs === null) continue;
      update.replacements.set(key, this.replace(service, key, tasks, config));
    }
    this.finish(service, update);
  }

  /** Slots, or nodes of a global service, with tasks of an older spec that are to run. */
  private staleSlots(service: Service): Map<string, Task[]> {
    const slots = new Map<string, Task[]>();
    for (const task of this.services.tasksOf(service)) {
      if (isAfter(task.desiredState, 'running')) continue;
      const key = task.slot === 0 ? task.nodeId : String(task.slot);
      slots.set(key, [...(slots.get(key) ?? []), task]);
    }
    return new Map([...slots].filter(([, tasks]) => tasks.every((task) => isStale(service, task))));
  }

  private replace(service: Service, key: string, old: readonly Task[], config: UpdateConfig): Replacement {
    const { services } = this;
    const slot = old[0]!.slot;
    const task = services.createTask(service, slot, slot === 0 ? key : '');
    if (config.order === 'stop-first') {
      for (const each of old) {
        each.desiredState = 'shutdown';
        services.changed(each);
      }
      services.restarts.hold(task, 0, old[0]!);
    }
    return { task, watchedUntilNs: null, freeNs: null, hasFailed: false };
  }

  private watch(update: Update, config: UpdateConfig): void {
    const { nowNs } = this;
    for (const replacement of update.replacements.values()) {
      const { task } = replacement;
      const hasEnded = isAfter(task.status.state, 'running');
      if (replacement.watchedUntilNs === null && (task.status.state === 'running' || hasEnded)) {
        replacement.watchedUntilNs = nowNs + config.monitorNs;
        replacement.freeNs = nowNs + config.delayNs;
        if (config.order === 'start-first') this.stopPredecessors(task);
      }
      if (hasEnded && replacement.watchedUntilNs !== null && nowNs <= replacement.watchedUntilNs) {
        replacement.hasFailed = true;
      }
      this.arm(replacement.watchedUntilNs);
      this.arm(replacement.freeNs);
    }
  }

  private stopPredecessors(task: Task): void {
    for (const other of this.services.tasks.values()) {
      if (other === task || other.serviceId !== task.serviceId) continue;
      const isSameSlot = task.slot === 0 ? other.nodeId === task.nodeId : other.slot === task.slot;
      if (!isSameSlot || isAfter(other.desiredState, 'running')) continue;
      other.desiredState = 'shutdown';
      this.services.changed(other);
    }
  }

  private busy(update: Update): number {
    return [...update.replacements.values()].filter(({ freeNs }) => freeNs === null || freeNs > this.nowNs)
      .length;
  }

  /** Pauses the update, or turns it round, when more of the new tasks failed than may. */
  private tooManyFailures(service: Service, update: Update, config: UpdateConfig): boolean {
    const failed = [...update.replacements.values()].filter(({ hasFailed }) => hasFailed);
    const last = failed.at(-1);
    if (config.failureAction === 'continue' || last === undefined) return false;
    const total = this.services.wantedTasks(service);
    if (failed.length / Math.max(1, total) <= config.maxFailureRatio) return false;
    const reason = `due to failure or early termination of task ${last.task.id}`;
    if (config.failureAction === 'rollback' && !update.isRollback && service.previousSpec !== null) {
      this.services.rollback(service);
      this.setStatus(service, 'rollback_started', `update rolled back ${reason}`, null);
      return true;
    }
    update.isOver = true;
    if (update.isRollback) this.setStatus(service, 'rollback_paused', `rollback paused ${reason}`, null);
    else this.setStatus(service, 'paused', `update paused ${reason}`, null);
    return true;
  }

  private announceStart(service: Service, { isRollback }: Update): void {
    if (isRollback) this.setStatus(service, 'rollback_started', 'manually requested rollback', null);
    else this.setStatus(service, 'updating', 'update in progress', null);
  }

  /** The update is over when nothing is stale and every new task has been watched long enough. */
  private finish(service: Service, update: Update): void {
    if (this.staleSlots(service).size > 0) return;
    for (const { watchedUntilNs } of update.replacements.values()) {
      if (watchedUntilNs === null || watchedUntilNs > this.nowNs) return;
    }
    update.isOver = true;
    if (update.isRollback) this.setStatus(service, 'rollback_completed', 'rollback completed', this.nowNs);
    else this.setStatus(service, 'completed', 'update completed', this.nowNs);
  }

  private setStatus(
    service: Service,
    state: NonNullable<Service['updateStatus']>['state'],
    message: string,
    completedNs: number | null,
  ): void {
    const startedNs = service.updateStatus?.startedNs ?? this.nowNs;
    service.updateStatus = { state, startedNs, completedNs, message };
    this.services.touch(service);
  }

  private arm(timeNs: number | null): void {
    if (timeNs === null || timeNs <= this.nowNs) return;
    if (!this.timer.armed || timeNs < this.timer.expiresNs) this.timer.armAt(timeNs);
  }

  private get nowNs(): number {
    return this.services.cluster.sim.nowNs;
  }
}

/** orchestrator.IsTaskDirty: its own part of the spec is another now. */
function isStale(service: Service, task: Task): boolean {
  if (task.specVersion === service.specVersion) return false;
  const now = { task: service.spec.task, mode: service.spec.endpoint.mode, ports: service.ports };
  const then = { task: task.spec, mode: task.endpointMode, ports: task.ports };
  return JSON.stringify(now) !== JSON.stringify(then);
}
