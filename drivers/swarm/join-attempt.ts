/** A host on its way into a swarm (daemon/cluster/noderunner.go, swarmkit ca.RequestAndSaveNewCertificates). */
import { SIGKILL, type Process } from '../../core/host/process.ts';
import { WaitQueue } from '../../core/host/wait-queue.ts';
import { ETIMEDOUT, errnoMessage } from '../../core/socket/errno.ts';
import { formatIpv4, isIpv4Text, parseIpv4 } from '../../protocols/ipv4-address.ts';
import { DockerError } from '../docker-error.ts';
import type { Engine } from '../engine/engine.ts';
import type { NodeAvailability } from './cluster.ts';
import { TIMED_OUT, connectTo, receiveMessage, sendMessage, type Run } from './control-channel.ts';
import { startDaemonThread } from './daemon-thread.ts';
import { CONTROL_PORT, type ControlReply, type ControlRequest } from './manager-server.ts';
import { addressTowards, resolveAddress, systemAddress } from './swarm-addresses.ts';
import { SwarmNode } from './swarm-node.ts';
import { findCluster } from './swarm-registry.ts';

const SECOND_NS = 1_000_000_000;
/** How long `docker swarm join` waits (swarmConnectTimeout). */
export const JOIN_TIMEOUT_NS = 20 * SECOND_NS;
const RETRY_NS = SECOND_NS;
const REPLY_TIMEOUT_NS = 5 * SECOND_NS;

export interface SwarmJoinOptions {
  readonly token: string;
  /** `ADDRESS[:PORT]` of a manager. */
  readonly remote: string;
  readonly advertiseAddress: string;
  readonly dataPathAddress: string;
  readonly availability: NodeAvailability;
}

const pending = new WeakMap<Engine, JoinAttempt>();

/** A join that no manager has decided yet; null when there is none. */
export function pendingJoin(engine: Engine): JoinAttempt | null {
  return pending.get(engine) ?? null;
}

/** Asks a manager to let this host in, again and again until one answers. */
export class JoinAttempt {
  readonly decided = new WaitQueue();
  node: SwarmNode | null = null;
  error: DockerError | null = null;
  private readonly engine: Engine;
  private readonly options: SwarmJoinOptions;
  /** The manager. */
  readonly address: number;
  readonly port: number;
  private readonly thread: Process;

  constructor(engine: Engine, options: SwarmJoinOptions) {
    this.engine = engine;
    this.options = options;
    const { address, port } = parseRemote(options.remote);
    this.address = address;
    this.port = port;
    // What names no address of this host is refused before anybody is asked.
    if (options.advertiseAddress !== '') this.advertiseAddress();
    if (options.dataPathAddress !== '') this.dataPathAddress();
    pending.set(engine, this);
    this.thread = startDaemonThread(engine, (proc) => this.run(proc));
  }

  /** `docker swarm leave` before the node has joined. */
  cancel(): void {
    pending.delete(this.engine);
    this.thread.kill(SIGKILL);
  }

  private *run(proc: Process) {
    while (this.node === null && this.error === null && this.engine.swarm === null) {
      const reply = yield* this.ask(proc);
      const node = reply === null ? null : this.decide(reply);
      if (node !== null || this.error !== null) pending.delete(this.engine);
      if (node !== null) {
        while (!node.hasManager) yield* proc.wait(node.session.began);
        this.node = node;
      } else if (this.error === null) yield* proc.sleep(RETRY_NS);
    }
    this.decided.wake();
    return 0;
  }

  private *ask(proc: Process): Run<ControlReply | null> {
    const { engine, options } = this;
    const hostname = engine.host.hostname;
    const netns = engine.host.initNamespace;
    const socket = yield* connectTo(proc, netns, this.address, this.port, proc.nowNs + JOIN_TIMEOUT_NS);
    if (typeof socket === 'number') {
      if (socket !== TIMED_OUT && socket !== ETIMEDOUT)
        this.error = dialError(this.address, this.port, socket);
      return null;
    }
    try {
      const request: ControlRequest = {
        kind: 'join',
        token: options.token,
        hostname,
        address: this.advertiseAddress(),
      };
      const untilNs = proc.nowNs + REPLY_TIMEOUT_NS;
      if (!(yield* sendMessage(proc, socket, request, untilNs))) return null;
      return (yield* receiveMessage(proc, socket, untilNs)) as ControlReply | null;
    } finally {
      socket.close();
    }
  }

  private decide(reply: ControlReply): SwarmNode | null {
    const { engine, options } = this;
    if (reply.kind === 'refused') {
      this.error = new DockerError('internal', reply.error);
      return null;
    }
    if (reply.kind !== 'joined') return null;
    const cluster = findCluster(engine.host.sim, reply.cluster);
    const member = cluster?.members.get(reply.node);
    if (cluster === undefined || member === undefined) throw new Error(`no swarm ${reply.cluster}`);
    member.availability = options.availability;
    const addresses = { advertise: this.advertiseAddress(), dataPath: this.dataPathAddress() };
    return new SwarmNode(engine, cluster, member, addresses);
  }

  private dataPathAddress(): number {
    const { engine, options } = this;
    if (options.dataPathAddress === '') return this.advertiseAddress();
    return resolveAddress(engine, options.dataPathAddress, 'data path address');
  }

  /** This host's address to the others. */
  advertiseAddress(): number {
    const { engine, options, address } = this;
    if (options.advertiseAddress !== '') {
      return resolveAddress(engine, options.advertiseAddress, 'advertise address');
    }
    return addressTowards(engine, address) ?? systemAddress(engine);
  }
}

function parseRemote(text: string): { address: number; port: number } {
  const match = /^([^:]+)(?::(\d+))?$/.exec(text);
  const address = match?.[1] ?? '';
  if (!isIpv4Text(address)) {
    throw new DockerError(
      'invalid',
      `not modelled: a manager that is named by "${text}", not by an IPv4 address`,
    );
  }
  return { address: parseIpv4(address), port: Number(match?.[2] ?? CONTROL_PORT) };
}

function dialError(address: number, port: number, errno: number): DockerError {
  const reason = errnoMessage(errno).toLowerCase();
  return new DockerError(
    'internal',
    `rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing dial tcp ${formatIpv4(address)}:${port}: connect: ${reason}"`,
  );
}
