/** Making, joining and leaving a swarm (daemon/cluster/swarm.go, noderunner.go). */
import type { Process } from '../../core/host/process.ts';
import { WaitQueue } from '../../core/host/wait-queue.ts';
import { ETIMEDOUT, errnoMessage } from '../../core/socket/errno.ts';
import { formatIpv4, isIpv4Text, parseIpv4 } from '../../protocols/ipv4-address.ts';
import { DockerError } from '../docker-error.ts';
import type { Engine } from '../engine/engine.ts';
import type { PredefinedPool } from '../ipam/predefined-pools.ts';
import { Cluster, type NodeAvailability } from './cluster.ts';
import { TIMED_OUT, connectTo, receiveMessage, sendMessage, type Run } from './control-channel.ts';
import { startDaemonThread } from './daemon-thread.ts';
import { CONTROL_PORT, type ControlReply, type ControlRequest } from './manager-server.ts';
import { addressTowards, resolveAddress, systemAddress } from './swarm-addresses.ts';
import { SwarmNode } from './swarm-node.ts';
import { findCluster, registerCluster, swarmNodeOf } from './swarm-registry.ts';

const SECOND_NS = 1_000_000_000;
/** How long `docker swarm join` waits (swarmConnectTimeout). */
const JOIN_TIMEOUT_NS = 20 * SECOND_NS;
const RETRY_NS = SECOND_NS;
const REPLY_TIMEOUT_NS = 5 * SECOND_NS;

export interface SwarmInitOptions {
  /** '' for the host's only address. */
  readonly advertiseAddress: string;
  /** '' for the advertised one. */
  readonly dataPathAddress: string;
  readonly availability: NodeAvailability;
  readonly dataPathPort: number;
  readonly addressPools: readonly PredefinedPool[];
}

export interface SwarmJoinOptions {
  readonly token: string;
  /** `ADDRESS[:PORT]` of a manager. */
  readonly remote: string;
  readonly advertiseAddress: string;
  readonly dataPathAddress: string;
  readonly availability: NodeAvailability;
}

const ALREADY =
  'This node is already part of a swarm. Use "docker swarm leave" to leave this swarm and join another one.';

export function initSwarm(engine: Engine, options: SwarmInitOptions): SwarmNode {
  if (engine.swarm !== null) throw new DockerError('unavailable', ALREADY);
  const advertise =
    options.advertiseAddress === ''
      ? systemAddress(engine)
      : resolveAddress(engine, options.advertiseAddress, 'advertise address');
  const dataPath =
    options.dataPathAddress === ''
      ? advertise
      : resolveAddress(engine, options.dataPathAddress, 'data path address');
  const cluster = new Cluster(engine.host.sim, engine.release, options);
  registerCluster(cluster);
  cluster.networks.createIngress();
  const member = cluster.addMember({ hostname: engine.host.hostname, address: advertise, role: 'manager' });
  member.status = 'ready';
  member.availability = options.availability;
  return new SwarmNode(engine, cluster, member, { advertise, dataPath });
}

/** Joins by asking a manager; a manager that does not answer is asked again, also after this has given up waiting. */
export function* joinSwarm(engine: Engine, proc: Process, options: SwarmJoinOptions): Run<SwarmNode> {
  if (engine.swarm !== null) throw new DockerError('unavailable', ALREADY);
  if (!/^SWMTKN-1-[0-9a-z]{50}-[0-9a-z]{25}$/.test(options.token)) {
    throw new DockerError('invalid', 'invalid join token');
  }
  const attempt = new JoinAttempt(engine, options);
  const untilNs = proc.nowNs + JOIN_TIMEOUT_NS;
  while (attempt.error === null && attempt.node === null && proc.nowNs < untilNs) {
    yield* proc.wait(attempt.decided, untilNs - proc.nowNs);
  }
  if (attempt.error !== null) throw attempt.error;
  if (attempt.node !== null) return attempt.node;
  throw new DockerError(
    'internal',
    'Timeout was reached before node joined. The attempt to join the swarm will continue in the background. Use the "docker info" command to see the current swarm status of your node.',
  );
}

/** `docker swarm leave`. */
export function leaveSwarm(engine: Engine, force: boolean): void {
  const node = swarmNodeOf(engine);
  if (node === null) throw new DockerError('unavailable', 'This node is not part of a swarm');
  if (node.isManager && !force) throw new DockerError('unavailable', managerLeaves(node));
  node.leave();
}

function managerLeaves(node: SwarmNode): string {
  const start = 'You are attempting to leave the swarm on a node that is participating as a manager. ';
  const end = ' Use `--force` to ignore this message.';
  const { managers } = node.cluster;
  if (managers.length === 1) {
    return `${start}Removing the last manager erases all current state of the swarm.${end}`;
  }
  const reachable = managers.filter(({ status }) => status === 'ready').length;
  const left = reachable - 1;
  return `${start}Removing this node leaves ${left} managers out of ${managers.length}. Without a Raft quorum your swarm will be inaccessible. The only way to restore a swarm that has lost consensus is to reinitialize it with \`--force-new-cluster\`.${end}`;
}

class JoinAttempt {
  readonly decided = new WaitQueue();
  node: SwarmNode | null = null;
  error: DockerError | null = null;
  private readonly engine: Engine;
  private readonly options: SwarmJoinOptions;
  private readonly address: number;
  private readonly port: number;

  constructor(engine: Engine, options: SwarmJoinOptions) {
    this.engine = engine;
    this.options = options;
    const { address, port } = parseRemote(options.remote);
    this.address = address;
    this.port = port;
    startDaemonThread(engine, (proc) => this.run(proc));
  }

  private *run(proc: Process) {
    while (this.node === null && this.error === null && this.engine.swarm === null) {
      const reply = yield* this.ask(proc);
      const node = reply === null ? null : this.decide(reply);
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
    const advertise = this.advertiseAddress();
    const dataPath =
      options.dataPathAddress === ''
        ? advertise
        : resolveAddress(engine, options.dataPathAddress, 'data path address');
    return new SwarmNode(engine, cluster, member, { advertise, dataPath });
  }

  private advertiseAddress(): number {
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
