/** The states of a task, in the order in which it goes through them (swarmkit api/types.proto). */
export const TASK_STATES = [
  'new',
  'pending',
  'assigned',
  'accepted',
  'preparing',
  'ready',
  'starting',
  'running',
  'complete',
  'shutdown',
  'failed',
  'rejected',
  'remove',
  'orphaned',
] as const;

export type TaskState = (typeof TASK_STATES)[number];

export function isBefore(a: TaskState, b: TaskState): boolean {
  return TASK_STATES.indexOf(a) < TASK_STATES.indexOf(b);
}

export function isAfter(a: TaskState, b: TaskState): boolean {
  return isBefore(b, a);
}

/** What a node says of a task, and the managers before it has one. */
export interface TaskStatus {
  readonly state: TaskState;
  readonly timestampNs: number;
  readonly message: string;
  /** '' when nothing went wrong. */
  readonly error: string;
  /** '' before there is one. */
  readonly containerId: string;
  /** 0 while it does not run. */
  readonly pid: number;
  readonly exitCode: number;
}
