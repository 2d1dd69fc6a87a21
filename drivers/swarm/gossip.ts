/**
 * Who is there and what is new (hashicorp/memberlist with its LAN profile, libnetwork networkdb): news by UDP several
 * times over, whole states by TCP, and a probe of one node a second that finds out who has gone.
 * Not modelled: probes through third nodes, suspicion shortened by others' confirmations, the Lifeguard multiplier,
 * encryption of the messages, tombstones.
 */
import { SIGKILL, type Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import type { WaitQueue } from '../../core/host/wait-queue.ts';
import type { Timer } from '../../core/sim/timer.ts';
import type { Engine } from '../engine/engine.ts';
import {
  connectTo,
  decodeMessage,
  encodeMessage,
  receiveMessage,
  sendMessage,
  type Connection,
  type Run,
} from './control-channel.ts';
import { startDaemonThread } from './daemon-thread.ts';
import { GossipUdp } from './gossip-udp.ts';
import { NetworkDb, type NodeState, type TableEvent } from './network-db.ts';
import { listenOnPort } from './wildcard-sockets.ts';

export const GOSSIP_PORT = 7946;
const MS = 1_000_000;
const GOSSIP_INTERVAL_NS = 200 * MS;
const PROBE_INTERVAL_NS = 1000 * MS;
const PROBE_TIMEOUT_NS = 500 * MS;
const PUSH_PULL_INTERVAL_NS = 30_000 * MS;
const TCP_TIMEOUT_NS = 10_000 * MS;
const RECONNECT_INTERVAL_NS = 1000 * MS;
const SUSPICION_MULTIPLIER = 4;
const RETRANSMIT_MULTIPLIER = 4;
/** UDPBufferSize less room for the envelope. */
const MAX_EVENTS_LENGTH = 1300;

export interface GossipMember {
  readonly name: string;
  address: number;
  status: 'alive' | 'suspect' | 'dead';
  /** Until it is dead, once suspected. */
  suspicion: Timer | null;
}

type MemberInfo = Pick<GossipMember, 'name' | 'address'>;

type GossipMessage =
  /** `about`: the node that is meant; another one at its address does not answer. */
  | { kind: 'ping'; from: MemberInfo; about: string; number: number }
  | { kind: 'ack'; from: MemberInfo; number: number }
  | { kind: 'events'; from: MemberInfo; events: TableEvent[] }
  | { kind: 'alive'; from: MemberInfo; member: MemberInfo }
  | { kind: 'suspect'; from: MemberInfo; about: string }
  | { kind: 'leave'; from: MemberInfo }
  | { kind: 'push-pull'; from: MemberInfo; members: MemberInfo[]; states: NodeState[] };

export class Gossip {
  readonly db: NetworkDb;
  readonly members = new Map<string, GossipMember>();
  private readonly engine: Engine;
  private readonly self: MemberInfo;
  private readonly udp: GossipUdp;
  /** Null when something else has the port. */
  private readonly tcp: Connection | null;
  private readonly threads: Process[] = [];
  private readonly flushTimer: Timer;
  /** News and how many times more it is to be sent. */
  private pending: { event: TableEvent; left: number }[] = [];
  private lastAck = -1;
  private nextNumber = 0;

  constructor(engine: Engine, name: string, address: number) {
    this.engine = engine;
    this.self = { name, address };
    this.db = new NetworkDb(name, (event) => this.announce(event));
    const netns = engine.host.initNamespace;
    this.udp = new GossipUdp(netns, engine.daemon, GOSSIP_PORT);
    this.tcp = listenOnPort(netns, engine.daemon, GOSSIP_PORT);
    this.flushTimer = engine.host.timer(() => this.flush(), true);
  }

  /** Serves, probes, and gets to know the others through the nodes at these addresses. */
  start(bootstrap: readonly number[]): void {
    const { tcp, udp } = this;
    const { readable } = udp;
    if (readable !== null) this.thread((proc) => this.serveUdp(proc, readable));
    if (tcp !== null) this.thread((proc) => this.serveTcp(proc, tcp));
    this.thread((proc) => this.probeForever(proc));
    this.thread((proc) => this.synchroniseForever(proc, bootstrap));
  }

  /** Says good-bye and stops. */
  stop(): void {
    for (const { address } of this.alive()) this.send(address, { kind: 'leave', from: this.self });
    for (const thread of this.threads) thread.kill(SIGKILL);
    this.flushTimer.cancel();
    this.udp.close();
    this.tcp?.close();
    for (const { suspicion } of this.members.values()) suspicion?.cancel();
  }

  private alive(): GossipMember[] {
    return [...this.members.values()].filter(({ status }) => status !== 'dead');
  }

  private announce(event: TableEvent): void {
    const copies = RETRANSMIT_MULTIPLIER * Math.ceil(Math.log10(this.members.size + 2));
    this.pending.push({ event, left: copies });
    if (!this.flushTimer.armed) this.flushTimer.arm(GOSSIP_INTERVAL_NS);
  }

  private flush(): void {
    for (const events of batches(this.pending.map(({ event }) => event))) {
      for (const { address } of this.alive()) this.send(address, { kind: 'events', from: this.self, events });
    }
    this.pending = this.pending
      .map(({ event, left }) => ({ event, left: left - 1 }))
      .filter(({ left }) => left > 0);
    if (this.pending.length > 0) this.flushTimer.arm(GOSSIP_INTERVAL_NS);
  }

  private send(address: number, message: GossipMessage): void {
    this.udp.send(encodeMessage(message), address);
  }

  private *serveUdp(proc: Process, readable: WaitQueue): ProgramRun {
    for (;;) {
      const datagram = this.udp.receive();
      if (datagram === null) {
        yield* proc.wait(readable);
        continue;
      }
      const message = decodeMessage(datagram.data) as GossipMessage | null;
      if (message !== null) this.receive(message, datagram.source);
    }
  }

  private receive(message: GossipMessage, source: number): void {
    switch (message.kind) {
      case 'ping':
        if (message.about !== this.self.name) return;
        this.send(source, { kind: 'ack', from: this.self, number: message.number });
        return;
      case 'ack':
        this.lastAck = message.number;
        this.seen(message.from);
        return;
      case 'events':
        for (const event of message.events) this.db.receive(event);
        return;
      case 'alive':
        if (message.member.name === message.from.name) this.seen(message.from);
        else this.heardOf(message.member);
        return;
      case 'suspect':
        if (message.about === this.self.name) this.refute();
        else this.suspect(message.about);
        return;
      case 'leave':
        this.forget(message.from.name);
        this.members.delete(message.from.name);
        return;
      default:
    }
  }

  private refute(): void {
    for (const { address } of this.alive()) {
      this.send(address, { kind: 'alive', from: this.self, member: this.self });
    }
  }

  /** What others say of a node: no reason to forget one that is at its address, which may be that node's next life. */
  private heardOf(info: MemberInfo): void {
    const isTaken = [...this.members.values()].some(
      ({ name, address }) => address === info.address && name !== info.name,
    );
    if (!isTaken && info.address !== this.self.address) this.seen(info);
  }

  /** A node is there; the others are told of one that was not known. */
  private seen({ name, address }: MemberInfo): void {
    if (name === this.self.name) return;
    const known = this.members.get(name);
    if (known !== undefined && known.status !== 'dead') {
      known.status = 'alive';
      known.suspicion?.cancel();
      return;
    }
    for (const other of this.alive()) {
      this.send(other.address, { kind: 'alive', from: this.self, member: { name, address } });
    }
    this.purgeReincarnation(address);
    this.members.set(name, { name, address, status: 'alive', suspicion: null });
  }

  /** A node that was started anew has another name at the same address: the old one does not come back. */
  private purgeReincarnation(address: number): void {
    for (const member of [...this.members.values()]) {
      if (member.address !== address) continue;
      this.forget(member.name);
      this.members.delete(member.name);
    }
  }

  private suspect(name: string): void {
    const member = this.members.get(name);
    if (member === undefined || member.status !== 'alive') return;
    member.status = 'suspect';
    for (const { address } of this.alive()) {
      this.send(address, { kind: 'suspect', from: this.self, about: name });
    }
    const scale = Math.max(1, Math.log10(Math.max(1, this.members.size + 1)));
    member.suspicion ??= this.engine.host.timer(() => this.dead(member), true);
    member.suspicion.arm(SUSPICION_MULTIPLIER * scale * PROBE_INTERVAL_NS);
  }

  private dead(member: GossipMember): void {
    member.status = 'dead';
    this.forget(member.name);
  }

  private forget(name: string): void {
    this.members.get(name)?.suspicion?.cancel();
    this.db.forget(name);
  }

  /** One node a second, in turn: by UDP, and when that is not answered by TCP. */
  private *probeForever(proc: Process): ProgramRun {
    for (let turn = 0; ; turn++) {
      const startedNs = proc.nowNs;
      const members = this.alive();
      const member = members[turn % Math.max(1, members.length)];
      if (member !== undefined && !(yield* this.probe(proc, member))) this.suspect(member.name);
      const leftNs = startedNs + PROBE_INTERVAL_NS - proc.nowNs;
      if (leftNs > 0) yield* proc.sleep(leftNs);
    }
  }

  private *probe(proc: Process, member: GossipMember): Run<boolean> {
    const number = this.nextNumber++;
    this.send(member.address, { kind: 'ping', from: this.self, about: member.name, number });
    yield* proc.sleep(PROBE_TIMEOUT_NS);
    if (this.lastAck === number) return true;
    const untilNs = proc.nowNs + PROBE_INTERVAL_NS - PROBE_TIMEOUT_NS;
    const netns = this.engine.host.initNamespace;
    const socket = yield* connectTo(proc, netns, member.address, GOSSIP_PORT, untilNs);
    if (typeof socket === 'number') return false;
    try {
      const ping: GossipMessage = { kind: 'ping', from: this.self, about: member.name, number };
      if (!(yield* sendMessage(proc, socket, ping, untilNs))) return false;
      return (yield* receiveMessage(proc, socket, untilNs)) !== null;
    } finally {
      socket.close();
    }
  }

  /** At first with those that are named, then every half minute with one of them all, and with any that is dead. */
  private *synchroniseForever(proc: Process, bootstrap: readonly number[]): ProgramRun {
    const waiting = new Set(bootstrap);
    let turn = 0;
    let nextNs = proc.nowNs + PUSH_PULL_INTERVAL_NS;
    for (;;) {
      const known = new Set(this.members.keys());
      for (const address of [...waiting]) {
        if (yield* this.pushPull(proc, address)) waiting.delete(address);
      }
      for (const { name, address, status } of [...this.members.values()]) {
        if (status === 'dead' || (status === 'alive' && !known.has(name)))
          yield* this.pushPull(proc, address);
      }
      if (proc.nowNs >= nextNs) {
        const members = this.alive();
        const member = members[turn++ % Math.max(1, members.length)];
        if (member !== undefined) yield* this.pushPull(proc, member.address);
        nextNs = proc.nowNs + PUSH_PULL_INTERVAL_NS;
      }
      yield* proc.sleep(RECONNECT_INTERVAL_NS);
    }
  }

  private *pushPull(proc: Process, address: number): Run<boolean> {
    const untilNs = proc.nowNs + TCP_TIMEOUT_NS;
    const socket = yield* connectTo(proc, this.engine.host.initNamespace, address, GOSSIP_PORT, untilNs);
    if (typeof socket === 'number') return false;
    try {
      if (!(yield* sendMessage(proc, socket, this.wholeState(), untilNs))) return false;
      const reply = (yield* receiveMessage(proc, socket, untilNs)) as GossipMessage | null;
      if (reply?.kind !== 'push-pull') return false;
      this.takeState(reply);
      return true;
    } finally {
      socket.close();
    }
  }

  private *serveTcp(proc: Process, listener: Connection): ProgramRun {
    for (;;) {
      const client = listener.accept(this.engine.daemon);
      if (client === null) yield* proc.wait(listener.readable);
      else this.thread((thread) => this.serveClient(thread, client));
    }
  }

  private *serveClient(proc: Process, client: Connection): ProgramRun {
    try {
      const untilNs = proc.nowNs + TCP_TIMEOUT_NS;
      const message = (yield* receiveMessage(proc, client, untilNs)) as GossipMessage | null;
      if (message?.kind === 'ping' && message.about === this.self.name) {
        const ack: GossipMessage = { kind: 'ack', from: this.self, number: message.number };
        yield* sendMessage(proc, client, ack, untilNs);
      } else if (message?.kind === 'push-pull') {
        yield* sendMessage(proc, client, this.wholeState(), untilNs);
        this.takeState(message);
      }
      return 0;
    } finally {
      client.close();
    }
  }

  private wholeState(): GossipMessage {
    const members = this.alive().map(({ name, address }) => ({ name, address }));
    return { kind: 'push-pull', from: this.self, members: [this.self, ...members], states: this.db.states() };
  }

  private takeState(message: GossipMessage & { kind: 'push-pull' }): void {
    this.seen(message.from);
    for (const member of message.members) if (!this.members.has(member.name)) this.heardOf(member);
    for (const state of message.states) {
      if (this.members.get(state.node)?.status === 'alive') this.db.receiveState(state);
    }
  }

  private thread(program: (proc: Process) => ProgramRun): void {
    const thread = startDaemonThread(this.engine, program);
    this.threads.push(thread);
    if (this.threads.length > 64) {
      const running = this.threads.filter(({ exitCode }) => exitCode === null);
      this.threads.splice(0, this.threads.length, ...running);
    }
  }
}

/** Events in messages that fit a datagram. */
function batches(events: readonly TableEvent[]): TableEvent[][] {
  const result: TableEvent[][] = [];
  let length = Infinity;
  for (const event of events) {
    const size = JSON.stringify(event).length;
    if (length + size > MAX_EVENTS_LENGTH) {
      result.push([]);
      length = 0;
    }
    result.at(-1)!.push(event);
    length += size;
  }
  return result;
}
