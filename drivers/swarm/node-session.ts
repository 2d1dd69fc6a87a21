/** A node's session with a manager (swarmkit agent/session.go): heartbeats, and a new session when one breaks. */
import { SIGKILL, type Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { WaitQueue } from '../../core/host/wait-queue.ts';
import type { TcpSocket } from '../../core/socket/tcp-socket.ts';
import { connectTo, receiveMessage, sendMessage, type Run } from './control-channel.ts';
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
    this.isUp = false;
  }

  private *run(proc: Process): ProgramRun {
    let backoffNs = FIRST_BACKOFF_NS;
    for (;;) {
      const { cluster, member } = this.node;
      if (cluster.leader === member) {
        yield* proc.sleep(cluster.heartbeatNs);
        continue;
      }
      const managers = cluster.managers.filter((manager) => manager !== member);
      for (const manager of managers) {
        if (yield* this.session(proc, manager.address)) backoffNs = FIRST_BACKOFF_NS;
      }
      yield* proc.sleep(backoffNs);
      backoffNs = Math.min(backoffNs * 2, MAX_BACKOFF_NS);
    }
  }

  /** One session, to its end; false when it did not come to be. */
  private *session(proc: Process, manager: number): Run<boolean> {
    const { engine, member } = this.node;
    const netns = engine.host.initNamespace;
    const socket = yield* connectTo(proc, netns, manager, CONTROL_PORT, proc.nowNs + DIAL_TIMEOUT_NS);
    if (typeof socket === 'number') return false;
    const jitter = engine.random('heartbeats');
    try {
      if (!(yield* this.exchange(proc, socket, { kind: 'session', node: member.id }))) return false;
      this.isUp = true;
      this.began.wake();
      for (;;) {
        yield* proc.sleep(this.node.cluster.heartbeatNs + Math.round((jitter.unit() * 2 - 1) * JITTER_NS));
        if (!(yield* this.exchange(proc, socket, { kind: 'heartbeat', node: member.id }))) return true;
      }
    } finally {
      this.isUp = false;
      socket.close();
    }
  }

  private *exchange(proc: Process, socket: TcpSocket, request: ControlRequest): Run<boolean> {
    const untilNs = proc.nowNs + REPLY_TIMEOUT_NS;
    if (!(yield* sendMessage(proc, socket, request, untilNs))) return false;
    const reply = (yield* receiveMessage(proc, socket, untilNs)) as ControlReply | null;
    return reply?.kind === 'ok';
  }
}
