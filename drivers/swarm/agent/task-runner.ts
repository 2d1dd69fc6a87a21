/**
 * Runs one task on its node (swarmkit agent/exec/controller.go, daemon/cluster/executor/container/controller.go):
 * makes the container, starts it when it is to run, watches it, stops it when it is to stop.
 * Not modelled: pulling images takes no time; health checks.
 */
import type { Process } from '../../../core/host/process.ts';
import type { ProgramRun } from '../../../core/host/program.ts';
import { SIGKILL } from '../../../core/host/process.ts';
import { WaitQueue } from '../../../core/host/wait-queue.ts';
import type { Container } from '../../container/container.ts';
import { endpointAliases } from '../../container/container-aliases.ts';
import { startContainer, stopContainer } from '../../container/lifecycle.ts';
import { DockerError } from '../../docker-error.ts';
import type { Run } from '../control-channel.ts';
import { startDaemonThread } from '../daemon-thread.ts';
import type { TaskAssignment } from '../services/task-assignment.ts';
import { isAfter, isBefore, type TaskState, type TaskStatus } from '../services/task-state.ts';
import type { SwarmNode } from '../swarm-node.ts';
import { addTaskIngressRules } from '../task-ingress-rules.ts';
import { createTaskContainer, ensureTaskNetwork } from './task-container.ts';

/** How long a task goes on after nothing new is sent to it, so that all nodes have heard (defaultGossipConvergeDelay). */
const CONVERGE_NS = 2_000_000_000;

export class TaskRunner {
  assignment: TaskAssignment;
  container: Container | null = null;
  status: TaskStatus;
  private readonly node: SwarmNode;
  private readonly report: (runner: TaskRunner) => void;
  private readonly changed = new WaitQueue();
  private readonly thread: Process;
  private isRemoved = false;

  constructor(node: SwarmNode, assignment: TaskAssignment, report: (runner: TaskRunner) => void) {
    this.node = node;
    this.assignment = assignment;
    this.report = report;
    this.status = {
      state: 'assigned',
      timestampNs: node.engine.host.nowNs(),
      message: '',
      error: '',
      containerId: '',
      pid: 0,
      exitCode: 0,
    };
    this.thread = startDaemonThread(node.engine, (proc) => this.run(proc));
  }

  /** Another desired state, mostly. */
  update(assignment: TaskAssignment): void {
    this.assignment = assignment;
    this.wake();
  }

  /** The managers know the task no more: its container goes. */
  remove(): void {
    this.isRemoved = true;
    this.wake();
  }

  /** The node has left the swarm. */
  abandon(): void {
    this.thread.kill(SIGKILL);
    if (this.container !== null) this.node.engine.containers.remove(this.container, true);
  }

  /** The host has lost power. */
  halt(): void {
    this.thread.kill(SIGKILL);
  }

  private *run(proc: Process): ProgramRun {
    this.say('accepted', 'accepted');
    if (this.isToRun() && this.prepare()) {
      while (!this.isStopping() && isBefore(this.assignment.desiredState, 'running')) {
        yield* proc.wait(this.changed);
      }
      if (!this.isStopping() && this.start()) yield* this.watch(proc);
    }
    yield* this.shutDown(proc);
    while (!this.isRemoved) {
      yield* proc.wait(this.changed);
      yield* this.shutDown(proc);
    }
    if (this.container !== null) this.node.engine.containers.remove(this.container, true);
    return 0;
  }

  private prepare(): boolean {
    this.say('preparing', 'preparing');
    try {
      this.container = createTaskContainer(this.node, this.assignment);
    } catch (error) {
      this.fail('rejected', 'preparing', error, '');
      return false;
    }
    this.say('ready', 'prepared');
    return true;
  }

  private start(): boolean {
    const container = this.container!;
    this.say('starting', 'starting');
    try {
      // The last container of a network may have taken it along since this one was made.
      for (const { networkId } of this.assignment.networks) ensureTaskNetwork(this.node, networkId);
      startContainer(this.node.engine, container);
      this.setUpIngress(container);
    } catch (error) {
      this.fail('failed', 'starting', error, 'starting container failed: ');
      return false;
    }
    this.activate(container);
    this.say('running', 'started');
    return true;
  }

  /** Until the container ends by itself, or is to be stopped. */
  private *watch(proc: Process): Run<void> {
    const container = this.container!;
    while (container.isRunning && !this.isStopping()) yield* proc.waitAny([this.changed, container.ended]);
    if (!container.isRunning) this.sayEnded(container);
  }

  private sayEnded(container: Container): void {
    const { exitCode } = container.state;
    if (exitCode === 0) this.say('complete', 'finished');
    else this.say('failed', 'started', `task: non-zero exit (${exitCode})`);
  }

  /** First nothing new comes in, then it is stopped. */
  private *shutDown(proc: Process): Run<void> {
    if (!this.isStopping() || isAfter(this.status.state, 'running')) return;
    const { container } = this;
    if (container !== null && container.isRunning) {
      if (this.assignment.networks.length > 0) {
        for (const { id } of container.endpoints) this.node.services.deactivate(id);
        yield* proc.sleep(CONVERGE_NS);
      }
      yield* stopContainer(this.node.engine, proc, container, null);
      while (container.isRunning) yield* proc.wait(container.ended);
    }
    this.say('shutdown', 'shutdown');
  }

  private setUpIngress(container: Container): void {
    const { sandbox } = container;
    const ingress = this.node.cluster.networks.ingress;
    const place = this.assignment.networks.find(({ networkId }) => networkId === ingress?.id);
    if (sandbox === null || place === undefined) return;
    addTaskIngressRules(sandbox.netns, place.address, this.assignment.ingressPorts);
  }

  private activate(container: Container): void {
    const { assignment, node } = this;
    for (const { networkId, address, virtualIp, aliases } of assignment.networks) {
      const attached = [...container.networks.values()].find((each) => each.networkId === networkId);
      const endpoint = attached?.endpoint ?? null;
      if (attached === undefined || endpoint === null) continue;
      const isIngress = endpoint.network.spec.ingress;
      node.services.activate(networkId, endpoint.id, {
        isService: true,
        name: container.name,
        aliases: endpointAliases(container, endpoint.network, attached.config) ?? [],
        address,
        serviceId: assignment.serviceId,
        serviceName: assignment.serviceName,
        serviceAliases: aliases,
        virtualIp,
        ingressPorts: isIngress ? assignment.ingressPorts : [],
        isDisabled: false,
      });
    }
  }

  private isToRun(): boolean {
    return !this.isRemoved && !isAfter(this.assignment.desiredState, 'running');
  }

  private isStopping(): boolean {
    return !this.isToRun();
  }

  private fail(state: TaskState, message: string, error: unknown, prefix: string): void {
    if (!(error instanceof DockerError)) throw error;
    this.say(state, message, `${prefix}${error.message}`);
  }

  private say(state: TaskState, message: string, error = ''): void {
    const { container } = this;
    this.status = {
      state,
      timestampNs: this.node.engine.host.nowNs(),
      message,
      error,
      containerId: container?.id ?? '',
      pid: container?.process?.pid ?? 0,
      exitCode: container?.state.exitCode ?? 0,
    };
    this.report(this);
  }

  private wake(): void {
    this.changed.wake();
  }
}
