/**
 * The services of a swarm and their tasks, as the managers know them, and what is done about them when something
 * changes (swarmkit manager/controlapi/service.go, manager/orchestrator, manager/allocator, manager/scheduler).
 * Not modelled: jobs, secrets, configs, volumes, generic resources.
 */
import { Timer } from '../../../core/sim/timer.ts';
import { DockerError } from '../../docker-error.ts';
import type { Cluster, ClusterMember } from '../cluster.ts';
import { Allocator } from './allocator.ts';
import { parseConstraints, meetsConstraints } from './constraint.ts';
import { Dispatcher } from './dispatcher.ts';
import { Orchestrator } from './orchestrator.ts';
import { allocatePorts, checkPortConflicts, checkPorts } from './published-ports.ts';
import { RestartSupervisor } from './restart-supervisor.ts';
import { Scheduler } from './scheduler.ts';
import { isAlive, type Service, type Task } from './service.ts';
import { ServiceUpdates } from './service-updates.ts';
import type { ServiceSpec } from './service-spec.ts';
import type { TaskReport } from './task-assignment.ts';
import { reapTasks } from './task-reaper.ts';
import { isAfter, isBefore, type TaskState, type TaskStatus } from './task-state.ts';

/** How long the scheduler gathers tasks (commitDebounceGap). */
const SCHEDULE_AFTER_NS = 50_000_000;
/** What the raft log holds before anything of a user's. */
const FIRST_VERSION = 10;
const NAME_PATTERN = /^[a-zA-Z0-9]+(?:[a-zA-Z0-9-_]*?[a-zA-Z0-9]+)*$/;
const NAME_LENGTH_MAX = 63;

export class ClusterServices {
  readonly cluster: Cluster;
  readonly services = new Map<string, Service>();
  /** In the order in which they were made. */
  readonly tasks = new Map<string, Task>();
  readonly restarts: RestartSupervisor;
  readonly dispatcher: Dispatcher;
  readonly updates: ServiceUpdates;
  private readonly allocator: Allocator;
  private readonly orchestrator: Orchestrator;
  private readonly scheduler: Scheduler;
  private readonly commitTimer: Timer;
  private readonly scheduleTimer: Timer;
  private version = FIRST_VERSION;
  /** Removed services that still have tasks. */
  private readonly former = new Map<string, Service>();

  constructor(cluster: Cluster) {
    this.cluster = cluster;
    this.restarts = new RestartSupervisor(this);
    this.dispatcher = new Dispatcher(this);
    this.updates = new ServiceUpdates(this);
    this.allocator = new Allocator(this);
    this.orchestrator = new Orchestrator(this);
    this.scheduler = new Scheduler(this);
    this.commitTimer = new Timer(cluster.sim, () => this.commit(), true);
    this.scheduleTimer = new Timer(cluster.sim, () => this.schedule(), true);
  }

  /** `docker service create`. */
  create(spec: ServiceSpec): Service {
    this.check(spec, null);
    const known = this.list().find((service) => service.spec.name === spec.name);
    if (known !== undefined) {
      throw new DockerError(
        'conflict',
        `rpc error: code = AlreadyExists desc = name conflicts with an existing object: service ${spec.name} already exists`,
      );
    }
    const service: Service = {
      id: this.cluster.drawId(),
      createdNs: this.nowNs,
      updatedNs: this.nowNs,
      version: ++this.version,
      specVersion: 1,
      spec,
      previousSpec: null,
      ports: allocatePorts(spec, null, this.services.values()),
      virtualIps: [],
      updateStatus: null,
    };
    this.services.set(service.id, service);
    this.note(service);
    this.allocator.allocateService(service);
    this.wake();
    return service;
  }

  /** `docker service update` and `scale`; with `isRollback` the updates are those of `--rollback`. */
  update(service: Service, spec: ServiceSpec, isRollback = false): void {
    this.check(spec, service);
    service.ports = allocatePorts(
      spec,
      service,
      [...this.services.values()].filter((s) => s !== service),
    );
    service.previousSpec = isRollback ? null : service.spec;
    service.spec = spec;
    service.specVersion++;
    service.updateStatus = null;
    this.touch(service);
    this.note(service);
    this.allocator.allocateService(service);
    this.updates.begin(service, isRollback);
    this.wake();
  }

  /** `docker service rollback`: back to the spec before the last update. */
  rollback(service: Service): void {
    if (service.previousSpec === null) {
      throw new DockerError(
        'internal',
        `rpc error: code = FailedPrecondition desc = service ${service.id} does not have a previous spec`,
      );
    }
    this.update(service, service.previousSpec, true);
  }

  /** `docker service rm`: its tasks go on until they have been stopped. */
  remove(service: Service): void {
    this.services.delete(service.id);
    this.former.set(service.id, service);
    this.updates.end(service);
    for (const { users } of this.cluster.networks.list()) users.delete(service.id);
    this.allocator.releaseService({ ...service });
    for (const task of this.tasksOf(service)) {
      task.desiredState = 'remove';
      this.changed(task);
    }
    this.wake();
  }

  /** By id, name or the beginning of an id; Docker's error when there is none or more than one. */
  get(term: string): Service {
    const exact = this.services.get(term) ?? this.list().find(({ spec }) => spec.name === term);
    if (exact !== undefined) return exact;
    const matching = this.list().filter(({ id }) => term !== '' && id.startsWith(term));
    if (matching.length > 1) {
      throw new DockerError('internal', `service ${term} is ambiguous (${matching.length} matches found)`);
    }
    if (matching[0] !== undefined) return matching[0];
    throw new DockerError('notFound', `service ${term} not found`);
  }

  /** All services, oldest first. */
  list(): Service[] {
    return [...this.services.values()];
  }

  /** Its tasks, oldest first. */
  tasksOf(service: Service): Task[] {
    return [...this.tasks.values()].filter(({ serviceId }) => serviceId === service.id);
  }

  formerService(id: string): Service | undefined {
    return this.former.get(id);
  }

  /** How many tasks of a service there are to be: of a global one, on how many nodes. */
  wantedTasks(service: Service): number {
    const { replicas } = service.spec;
    if (replicas !== null) return replicas;
    const constraints = parseConstraints(service.spec.task.placement.constraints);
    return [...this.cluster.members.values()].filter(
      (member) =>
        member.status === 'ready' &&
        member.availability === 'active' &&
        meetsConstraints(constraints, member),
    ).length;
  }

  /** A new task of a service, on a node that is known already or '' for the scheduler to find one. */
  createTask(service: Service, slot: number, nodeId: string): Task {
    const task: Task = {
      id: this.cluster.drawId(),
      serviceId: service.id,
      slot,
      spec: service.spec.task,
      ports: service.ports,
      endpointMode: service.spec.endpoint.mode,
      specVersion: service.specVersion,
      createdNs: this.nowNs,
      nodeId,
      desiredState: 'running',
      status: this.status('new', 'created'),
      attachments: [],
      isAllocated: false,
    };
    this.tasks.set(task.id, task);
    this.wake();
    return task;
  }

  /** Puts a task on a node. */
  assign(task: Task, member: ClusterMember): void {
    task.nodeId = member.id;
    task.status = this.status('assigned', 'scheduler assigned task to node');
    this.changed(task);
  }

  /** A node's word on one of its tasks. */
  report({ task: id, status }: TaskReport): void {
    const task = this.tasks.get(id);
    if (task === undefined || isBefore(status.state, task.status.state)) return;
    if (isAfter(task.status.state, 'running')) return;
    task.status = status;
    this.wake();
  }

  /** Something about a task was changed that its node is to know. */
  changed(task: Task): void {
    this.dispatcher.taskChanged(task);
    this.wake();
  }

  deleteTask(task: Task): void {
    this.allocator.releaseTask(task);
    this.tasks.delete(task.id);
    this.dispatcher.taskRemoved(task);
  }

  /** A service was changed by itself: a new version. */
  touch(service: Service): void {
    service.version = ++this.version;
    service.updatedNs = this.nowNs;
  }

  /** Something has changed, a node for instance: all is looked at once more. */
  wake(): void {
    if (!this.commitTimer.armed) this.commitTimer.arm(0);
  }

  /** The swarm is no more. */
  stop(): void {
    this.commitTimer.cancel();
    this.scheduleTimer.cancel();
  }

  private commit(): void {
    for (const service of this.list()) {
      this.orchestrator.reconcile(service);
      this.updates.advance(service);
    }
    this.restarts.release();
    this.allocateTasks();
    reapTasks(this);
    for (const [id] of [...this.former]) {
      if (![...this.tasks.values()].some(({ serviceId }) => serviceId === id)) this.former.delete(id);
    }
  }

  private allocateTasks(): void {
    let hasPending = false;
    for (const task of this.tasks.values()) {
      if (isAfter(task.status.state, 'running')) this.allocator.releaseTask(task);
      if (task.status.state === 'new' && isAlive(task)) {
        const service = this.services.get(task.serviceId);
        if (service !== undefined && this.allocator.allocateTask(service, task)) {
          task.status = this.status('pending', 'pending task scheduling');
        }
      }
      if (task.status.state === 'pending' && isAlive(task)) hasPending = true;
    }
    if (hasPending && !this.scheduleTimer.armed) this.scheduleTimer.arm(SCHEDULE_AFTER_NS);
  }

  private schedule(): void {
    this.scheduler.scheduleAll();
    for (const member of this.cluster.members.values()) {
      for (const task of this.tasks.values()) {
        if (task.nodeId === member.id && isAlive(task)) this.allocator.allocateNode(member, task);
      }
    }
  }

  /** The networks' note of who uses them. */
  private note(service: Service): void {
    const targets = service.spec.task.networks.map(({ target }) => target);
    for (const { id, users } of this.cluster.networks.list()) {
      if (targets.includes(id)) users.set(service.id, `service ${service.id}`);
      else users.delete(service.id);
    }
  }

  private check(spec: ServiceSpec, own: Service | null): void {
    if (!NAME_PATTERN.test(spec.name) || spec.name.length > NAME_LENGTH_MAX) {
      throw new DockerError(
        'invalid',
        'rpc error: code = InvalidArgument desc = name must be valid as a DNS name component',
      );
    }
    checkPorts(spec);
    parseConstraints(spec.task.placement.constraints);
    checkPortConflicts(spec, own, this.services.values());
    if (spec.endpoint.ports.some(({ publishMode }) => publishMode === 'ingress')) this.requireIngress();
    for (const { target } of spec.task.networks) this.checkNetwork(target);
  }

  private requireIngress(): void {
    if (this.cluster.networks.ingress !== undefined) return;
    throw new DockerError(
      'internal',
      'rpc error: code = FailedPrecondition desc = service needs ingress network, but no ingress network is present',
    );
  }

  private checkNetwork(id: string): void {
    const network = this.cluster.networks.get(id);
    if (network === undefined) {
      throw new DockerError('notFound', `rpc error: code = NotFound desc = network ${id} not found`);
    }
    if (!network.spec.ingress) return;
    throw new DockerError(
      'invalid',
      `rpc error: code = InvalidArgument desc = Service cannot be explicitly attached to the ingress network "${network.spec.name}"`,
    );
  }

  private status(state: TaskState, message: string): TaskStatus {
    return { state, timestampNs: this.nowNs, message, error: '', containerId: '', pid: 0, exitCode: 0 };
  }

  private get nowNs(): number {
    return this.cluster.sim.nowNs;
  }
}
