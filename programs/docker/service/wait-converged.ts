/**
 * What `docker service create`, `update`, `scale` and `rollback` show while they wait (docker/cli command/service/
 * progress/progress.go), as it is where the output is no terminal: a line for each change.
 */
import type { Process } from '../../../core/host/process.ts';
import type { ClusterServices } from '../../../drivers/swarm/services/cluster-services.ts';
import { isAlive, type Service, type Task } from '../../../drivers/swarm/services/service.ts';
import type { Run } from '../../line-input.ts';
import { CliError } from '../cli-error.ts';

const SECOND_NS = 1_000_000_000;
const POLL_NS = 0.2 * SECOND_NS;
/** Slots are shown one by one up to so many. */
const MAX_SHOWN = 20;

export function* waitConverged(
  proc: Process,
  services: ClusterServices,
  service: Service,
  quiet: boolean,
): Run<void> {
  const progress = new Progress(proc, quiet);
  let stableSinceNs: number | null = null;
  for (;;) {
    checkUpdate(service);
    const { wanted, current } = counts(services, service);
    const isConverged = current.length >= wanted && !isUpdating(service);
    if (!isConverged) stableSinceNs = null;
    progress.show(services, service, current.length, wanted);
    if (isConverged) {
      stableSinceNs ??= proc.nowNs;
      const leftNs = stableSinceNs + service.spec.update.monitorNs - proc.nowNs;
      if (leftNs <= 0) break;
      progress.say(
        'verify',
        `Waiting ${Math.max(1, Math.ceil(leftNs / SECOND_NS))} seconds to verify that tasks are stable...`,
      );
    }
    yield* proc.sleep(POLL_NS);
  }
  progress.say('verify', 'Service converged');
}

function counts(services: ClusterServices, service: Service): { wanted: number; current: Task[] } {
  const current = services
    .tasksOf(service)
    .filter((task) => isAlive(task) && task.status.state === 'running' && isCurrent(service, task));
  return { wanted: services.wantedTasks(service), current };
}

function isCurrent(service: Service, task: Task): boolean {
  return JSON.stringify(task.spec) === JSON.stringify(service.spec.task);
}

function isUpdating({ updateStatus }: Service): boolean {
  return updateStatus?.state === 'updating' || updateStatus?.state === 'rollback_started';
}

function checkUpdate({ updateStatus }: Service): void {
  if (updateStatus?.state === 'paused') throw new CliError(`service update paused: ${updateStatus.message}`);
  if (updateStatus?.state === 'rollback_paused') {
    throw new CliError(`service rollback paused: ${updateStatus.message}`);
  }
}

class Progress {
  private readonly proc: Process;
  private readonly quiet: boolean;
  private readonly shown = new Map<string, string>();

  constructor(proc: Process, quiet: boolean) {
    this.proc = proc;
    this.quiet = quiet;
  }

  show(services: ClusterServices, service: Service, running: number, wanted: number): void {
    this.say('overall progress', `${running} out of ${wanted} tasks`);
    if (wanted > MAX_SHOWN) return;
    for (const [label, task] of slots(services, service, wanted)) {
      this.say(label, task === undefined ? ' ' : stateText(task));
    }
  }

  say(label: string, text: string): void {
    if (this.quiet || this.shown.get(label) === text) return;
    this.shown.set(label, text);
    this.proc.print(`${label}: ${text}\n`);
  }
}

function slots(services: ClusterServices, service: Service, wanted: number): [string, Task | undefined][] {
  const tasks = services.tasksOf(service);
  if (service.spec.replicas === null) {
    return tasks.filter(isAlive).map((task) => [task.nodeId.slice(0, 12), task]);
  }
  return Array.from({ length: wanted }, (_, i) => [
    `${i + 1}/${wanted}`,
    tasks.findLast(({ slot }) => slot === i + 1),
  ]);
}

function stateText({ status }: Task): string {
  if (status.error !== '') return status.error;
  return status.state.padEnd(9);
}
