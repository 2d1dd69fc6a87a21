/**
 * A node's session with a manager (swarmkit agent/session.go): heartbeats one way, the node's tasks the other, and a
 * new session when one breaks. The manager that leads needs none with itself.
 */
import { SIGKILL, type Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { WaitQueue } from '../../core/host/wait-queue.ts';
import type { TcpSocket } from '../../core/socket/tcp-socket.ts';
import { Outbox, connectTo, receiveMessage, sendMessage, type Run } from './control-channel.ts';
import { startDaemonThread } from './daemon-thread.ts';
import { CONTROL_PORT, type ControlReply, type ControlRequest } from './manager-server.ts';
import type { SwarmNode } from './swarm-node.ts';

const SECOND_NS = 1_000_000_000;
const DIAL_TIMEOUT_NS = 5 * SECOND_NS;
const REPLY_TIMEOUT_NS = 5 * SECOND_NS;
const FIRST_BACKOFF_NS = 0.1 * SECOND_NS;
const MAX_BACKOFF_NS = 8 * SECOND_NS;
/** Heartbeats come up to half a second early or late (dispatcher/period.go). */
const JITTER_NS = 0.5 * SECOND_NS;

export class NodeSession {
  private readonly node: SwarmNode;
  private thread: Process | null = null;
  private readonly helpers = new Set<Process>();
  private detach: (() => void) | null = null;
  isUp = false;
  /** Woken when a session begins. */
  readonly began = new WaitQueue();

  constructor(node: SwarmNode) {
    this.node = node;
  }

  start(): void {
    this.thread = startDaemonThread(this.node.engine, (proc) => this.run(proc));
  }

  stop(): void {
    this.thread?.kill(SIGKILL);
    for (const helper of this.helpers) helper.kill(SIGKILL);
    this.leaveSelf();
    this.isUp = false;
  }

  private *run(proc: Process): ProgramRun {
    let backoffNs = FIRST_BACKOFF_NS;
    for (;;) {
      const { cluster, member } = this.node;
      if (cluster.leader === member) {
        this.attachToSelf();
        yield* proc.sleep(cluster.heartbeatNs);
        continue;
      }
      this.leaveSelf();
      const managers = cluster.managers.filter((manager) => manager !== member);
      for (const manager of managers) {
        if (yield* this.session(proc, manager.address)) backoffNs = FIRST_BACKOFF_NS;
      }
      yield* proc.sleep(backoffNs);
      backoffNs = Math.min(backoffNs * 2, MAX_BACKOFF_NS);
    }
  }

  /** The leader's own tasks come without a message. */
  private attachToSelf(): void {
    if (this.detach !== null) return;
    const { cluster, member, tasks } = this.node;
    this.detach = cluster.services.dispatcher.attach(member.id, (assignments) => tasks.receive(assignments));
    tasks.reportTo((report) => cluster.services.report(report));
  }

  private leaveSelf(): void {
    if (this.detach === null) return;
    this.detach();
    this.detach = null;
    this.node.tasks.reportTo(null);
  }

  /** One session, to its end; false when it did not come to be. */
  private *session(proc: Process, manager: number): Run<boolean> {
    const { engine, member } = this.node;
    const netns = engine.host.initNamespace;
    const socket = yield* connectTo(proc, netns, manager, CONTROL_PORT, proc.nowNs + DIAL_TIMEOUT_NS);
    if (typeof socket === 'number') return false;
    try {
      if (!(yield* this.begin(proc, socket, { kind: 'session', node: member.id }))) return false;
      this.isUp = true;
      this.began.wake();
      yield* this.hold(proc, socket);
      return true;
    } finally {
      this.isUp = false;
      socket.close();
    }
  }

  private *begin(proc: Process, socket: TcpSocket, request: ControlRequest): Run<boolean> {
    const untilNs = proc.nowNs + REPLY_TIMEOUT_NS;
    if (!(yield* sendMessage(proc, socket, request, untilNs))) return false;
    const reply = (yield* receiveMessage(proc, socket, untilNs)) as ControlReply | null;
    return reply?.kind === 'ok';
  }

  /** Sends heartbeats and reports, and takes what the manager says, until it says nothing any more. */
  private *hold(proc: Process, socket: TcpSocket): Run<void> {
    const { tasks, cluster } = this.node;
    const outbox = new Outbox();
    const helpers = [
      this.helper(function* (thread) {
        yield* outbox.pump(thread, socket);
        return 0;
      }),
      this.helper((thread) => this.beat(thread, outbox)),
    ];
    tasks.reportTo((report) => outbox.push({ kind: 'report', report } satisfies ControlRequest));
    try {
      let untilNs = proc.nowNs + cluster.heartbeatNs + JITTER_NS + REPLY_TIMEOUT_NS;
      for (;;) {
        const reply = (yield* receiveMessage(proc, socket, untilNs)) as ControlReply | null;
        if (reply === null) return;
        if (reply.kind === 'assignments') tasks.receive(reply);
        if (reply.kind === 'ok') untilNs = proc.nowNs + cluster.heartbeatNs + JITTER_NS + REPLY_TIMEOUT_NS;
      }
    } finally {
      tasks.reportTo(null);
      for (const helper of helpers) helper.kill(SIGKILL);
    }
  }

  private *beat(proc: Process, outbox: Outbox): ProgramRun {
    const { engine, cluster, member } = this.node;
    const jitter = engine.random('heartbeats');
    for (;;) {
      yield* proc.sleep(cluster.heartbeatNs + Math.round((jitter.unit() * 2 - 1) * JITTER_NS));
      outbox.push({ kind: 'heartbeat', node: member.id } satisfies ControlRequest);
    }
  }

  private helper(program: (proc: Process) => ProgramRun): Process {
    const { helpers } = this;
    const thread = startDaemonThread(this.node.engine, function* (proc) {
      try {
        return yield* program(proc);
      } finally {
        helpers.delete(proc);
      }
    });
    if (thread.exitCode === null) helpers.add(thread);
    return thread;
  }
}
