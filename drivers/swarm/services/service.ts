import type { AddressLease } from '../../ipam/network-ipam.ts';
import type { PortConfig, ServiceSpec, TaskSpec } from './service-spec.ts';
import { isAfter, type TaskState, type TaskStatus } from './task-state.ts';

/** A virtual address of a service on one network. */
export interface VirtualIp {
  readonly networkId: string;
  readonly lease: AddressLease;
}

/** How an update or a rollback stands (the API's UpdateStatus). */
export interface UpdateStatus {
  readonly state:
    'updating' | 'paused' | 'completed' | 'rollback_started' | 'rollback_paused' | 'rollback_completed';
  readonly startedNs: number;
  readonly completedNs: number | null;
  readonly message: string;
}

/** A service as the managers know it. */
export interface Service {
  readonly id: string;
  readonly createdNs: number;
  updatedNs: number;
  /** The raft index of its last change. */
  version: number;
  /** Counts changes of the spec; tasks remember which one they are of. */
  specVersion: number;
  spec: ServiceSpec;
  previousSpec: ServiceSpec | null;
  /** Published ports, with those that the swarm chose. */
  ports: readonly PortConfig[];
  virtualIps: VirtualIp[];
  updateStatus: UpdateStatus | null;
}

/** A task's place on a network, given to it by the managers. */
export interface TaskAttachment {
  readonly networkId: string;
  readonly lease: AddressLease;
  readonly aliases: readonly string[];
}

/** One task: a container on one node, once. A slot's next container is another task. */
export interface Task {
  readonly id: string;
  readonly serviceId: string;
  /** From 1; 0 for tasks of global services. */
  readonly slot: number;
  readonly spec: TaskSpec;
  /** Of the service when the task was made. */
  readonly ports: readonly PortConfig[];
  readonly endpointMode: 'vip' | 'dnsrr';
  readonly specVersion: number;
  readonly createdNs: number;
  /** '' until it is scheduled. */
  nodeId: string;
  desiredState: TaskState;
  status: TaskStatus;
  attachments: TaskAttachment[];
  /** Its addresses have been given out. */
  isAllocated: boolean;
}

/** The task is to run, and may yet. */
export function isAlive(task: Task): boolean {
  return !isAfter(task.desiredState, 'running') && !isAfter(task.status.state, 'running');
}

/** `web.2`, or `web.NODE` for a global service. */
export function taskName(service: Service, task: Task): string {
  return `${service.spec.name}.${task.slot === 0 ? task.nodeId : task.slot}`;
}
