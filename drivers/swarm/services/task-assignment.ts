/** What a manager tells a node of one of its tasks: all that the node needs, as plain data for a message. */
import type { ClusterServices } from './cluster-services.ts';
import { taskName, type Task } from './service.ts';
import { ingressPorts, type PortConfig, type TaskSpec } from './service-spec.ts';
import type { TaskState, TaskStatus } from './task-state.ts';

/** A task's place on one network. */
export interface AssignedNetwork {
  readonly networkId: string;
  readonly address: number;
  readonly prefixLength: number;
  /** 0 for none: names stand for the tasks. */
  readonly virtualIp: number;
  /** Aliases of the service there. */
  readonly aliases: readonly string[];
}

export interface TaskAssignment {
  readonly id: string;
  /** `web.2` */
  readonly name: string;
  readonly slot: number;
  readonly serviceId: string;
  readonly serviceName: string;
  readonly serviceLabels: Readonly<Record<string, string>>;
  readonly desiredState: TaskState;
  readonly spec: TaskSpec;
  readonly networks: readonly AssignedNetwork[];
  /** Those that come in by the routing mesh. */
  readonly ingressPorts: readonly PortConfig[];
  readonly hostPorts: readonly PortConfig[];
}

/** News of a node's tasks; with `isComplete` there are no others. */
export interface Assignments {
  readonly kind: 'assignments';
  readonly isComplete: boolean;
  readonly tasks: readonly TaskAssignment[];
  readonly removed: readonly string[];
}

/** What a node reports. */
export interface TaskReport {
  readonly task: string;
  readonly status: TaskStatus;
}

/** Null for a task whose service is unknown. */
export function assignmentOf(services: ClusterServices, task: Task): TaskAssignment | null {
  const service = services.services.get(task.serviceId) ?? services.formerService(task.serviceId);
  if (service === undefined) return null;
  return {
    id: task.id,
    name: taskName(service, task),
    slot: task.slot,
    serviceId: service.id,
    serviceName: service.spec.name,
    serviceLabels: service.spec.labels,
    desiredState: task.desiredState,
    spec: task.spec,
    networks: task.attachments.map(({ networkId, lease, aliases }) => ({
      networkId,
      address: lease.address as number,
      prefixLength: lease.prefixLength,
      virtualIp: (service.virtualIps.find((each) => each.networkId === networkId)?.lease.address ??
        0) as number,
      aliases,
    })),
    ingressPorts: ingressPorts(task.ports),
    hostPorts: task.ports.filter(({ publishMode }) => publishMode === 'host'),
  };
}
