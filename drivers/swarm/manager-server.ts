/**
 * What a manager serves on 2377/tcp: nodes that join, and the sessions of those that have (swarmkit manager/
 * controlapi, manager/dispatcher). A node whose heartbeats stay out for three periods is down.
 */
import { SIGKILL, type Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import type { ClusterMember } from './cluster.ts';
import { Outbox, receiveMessage, sendMessage, type Connection, type Run } from './control-channel.ts';
import { startDaemonThread } from './daemon-thread.ts';
import type { Assignments, TaskReport } from './services/task-assignment.ts';
import type { SwarmNode } from './swarm-node.ts';
import { listenOnPort } from './wildcard-sockets.ts';

export const CONTROL_PORT = 2377;
const SECOND_NS = 1_000_000_000;
const REQUEST_TIMEOUT_NS = 5 * SECOND_NS;
/** So many periods without a heartbeat and a node is down. */
const GRACE_PERIODS = 3;

export type ControlRequest =
  | { kind: 'join'; token: string; hostname: string; address: number }
  | { kind: 'session'; node: string }
  | { kind: 'heartbeat'; node: string }
  | { kind: 'report'; report: TaskReport };

export type ControlReply =
  | { kind: 'joined'; cluster: string; node: string }
  | { kind: 'ok' }
  | { kind: 'refused'; error: string }
  | Assignments;

export class ManagerServer {
  private readonly node: SwarmNode;
  /** Null when something else has the port: then nobody is served. */
  private readonly socket: Connection | null;
  private readonly threads = new Set<Process>();

  constructor(node: SwarmNode) {
    const { engine } = node;
    this.node = node;
    const socket = listenOnPort(engine.host.initNamespace, engine.daemon, CONTROL_PORT);
    this.socket = socket;
    if (socket !== null) this.thread((proc) => this.serve(proc, socket));
  }

  stop(): void {
    for (const thread of [...this.threads]) thread.kill(SIGKILL);
    this.socket?.close();
  }

  private *serve(proc: Process, socket: Connection): ProgramRun {
    for (;;) {
      const client = socket.accept(this.node.engine.daemon);
      if (client === null) yield* proc.wait(socket.readable);
      else this.thread((thread) => this.serveClient(thread, client));
    }
  }

  private *serveClient(proc: Process, client: Connection): ProgramRun {
    try {
      const request = (yield* receiveMessage(
        proc,
        client,
        proc.nowNs + REQUEST_TIMEOUT_NS,
      )) as ControlRequest | null;
      if (request?.kind === 'join') yield* sendMessage(proc, client, this.admit(request));
      if (request?.kind === 'session') yield* this.holdSession(proc, client, request.node);
      return 0;
    } finally {
      client.close();
    }
  }

  /** CA and control API in one: checks the token and makes the node known. */
  private admit({ token, hostname, address }: ControlRequest & { kind: 'join' }): ControlReply {
    const { cluster } = this.node;
    const role = cluster.roleOfToken(token);
    if (role === null) {
      const error =
        'rpc error: code = InvalidArgument desc = A valid join token is necessary to join this cluster';
      return { kind: 'refused', error };
    }
    const member = cluster.addMember({ hostname, address, role });
    return { kind: 'joined', cluster: cluster.id, node: member.id };
  }

  private *holdSession(proc: Process, client: Connection, nodeId: string): Run<void> {
    const member = this.node.cluster.members.get(nodeId);
    if (member === undefined) {
      yield* sendMessage(proc, client, { kind: 'refused', error: 'node not registered' });
      return;
    }
    yield* this.serveNode(proc, client, member);
    yield* this.awaitReturn(proc, member);
  }

  /** Answers heartbeats, tells the node of its tasks and hears what becomes of them, until the session breaks. */
  private *serveNode(proc: Process, client: Connection, member: ClusterMember): Run<void> {
    const { cluster } = this.node;
    const outbox = new Outbox();
    const writer = this.thread(function* (thread) {
      yield* outbox.pump(thread, client);
      return 0;
    });
    this.heard(proc, member);
    outbox.push({ kind: 'ok' } satisfies ControlReply);
    const detach = cluster.services.dispatcher.attach(member.id, (assignments) => outbox.push(assignments));
    try {
      for (;;) {
        const untilNs = member.lastHeartbeatNs + this.graceNs;
        const request = (yield* receiveMessage(proc, client, untilNs)) as ControlRequest | null;
        if (request === null) return;
        if (request.kind === 'report') cluster.services.report(request.report);
        if (request.kind !== 'heartbeat') continue;
        this.heard(proc, member);
        outbox.push({ kind: 'ok' } satisfies ControlReply);
      }
    } finally {
      detach();
      writer.kill(SIGKILL);
    }
  }

  private heard(proc: Process, member: ClusterMember): void {
    member.lastHeartbeatNs = proc.nowNs;
    this.node.cluster.setStatus(member, 'ready');
  }

  /** The session has ended: the node is down unless another one of its begins in time. */
  private *awaitReturn(proc: Process, member: ClusterMember): Run<void> {
    const lastNs = member.lastHeartbeatNs;
    const leftNs = lastNs + this.graceNs - proc.nowNs;
    if (leftNs > 0) yield* proc.sleep(leftNs);
    if (member.lastHeartbeatNs === lastNs) this.node.cluster.setStatus(member, 'down');
  }

  private get graceNs(): number {
    return GRACE_PERIODS * this.node.cluster.heartbeatNs;
  }

  private thread(program: (proc: Process) => ProgramRun): Process {
    const threads = this.threads;
    const thread = startDaemonThread(this.node.engine, function* (proc) {
      try {
        return yield* program(proc);
      } finally {
        threads.delete(proc);
      }
    });
    if (thread.exitCode === null) threads.add(thread);
    return thread;
  }
}
