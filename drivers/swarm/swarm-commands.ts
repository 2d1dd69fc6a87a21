/** Making, joining and leaving a swarm (daemon/cluster/swarm.go, noderunner.go). */
import type { Process } from '../../core/host/process.ts';
import { DockerError } from '../docker-error.ts';
import type { Engine } from '../engine/engine.ts';
import type { PredefinedPool } from '../ipam/predefined-pools.ts';
import { Cluster, type NodeAvailability } from './cluster.ts';
import type { Run } from './control-channel.ts';
import { JOIN_TIMEOUT_NS, JoinAttempt, pendingJoin, type SwarmJoinOptions } from './join-attempt.ts';
import { CONTROL_PORT } from './manager-server.ts';
import { resolveAddress, systemAddress } from './swarm-addresses.ts';
import { SwarmNode } from './swarm-node.ts';
import { registerCluster, swarmNodeOf } from './swarm-registry.ts';
import { listenOnPort } from './wildcard-sockets.ts';

export interface SwarmInitOptions {
  /** '' for the host's only address. */
  readonly advertiseAddress: string;
  /** '' for the advertised one. */
  readonly dataPathAddress: string;
  readonly availability: NodeAvailability;
  readonly dataPathPort: number;
  readonly addressPools: readonly PredefinedPool[];
}

const ALREADY =
  'This node is already part of a swarm. Use "docker swarm leave" to leave this swarm and join another one.';

export function initSwarm(engine: Engine, options: SwarmInitOptions): SwarmNode {
  requireNoSwarm(engine);
  const advertise =
    options.advertiseAddress === ''
      ? systemAddress(engine)
      : resolveAddress(engine, options.advertiseAddress, 'advertise address');
  const dataPath =
    options.dataPathAddress === ''
      ? advertise
      : resolveAddress(engine, options.dataPathAddress, 'data path address');
  requireControlPort(engine);
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
  requireNoSwarm(engine);
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
  const pending = pendingJoin(engine);
  if (pending !== null) {
    pending.cancel();
    return;
  }
  if (node === null) throw new DockerError('unavailable', 'This node is not part of a swarm');
  if (node.isManager && !force) throw new DockerError('unavailable', managerLeaves(node));
  node.leave();
}

/** A host that waits to join is taken already. */
function requireNoSwarm(engine: Engine): void {
  if (engine.swarm !== null || pendingJoin(engine) !== null) throw new DockerError('unavailable', ALREADY);
}

/** swarmkit manager.go BindRemote. */
function requireControlPort(engine: Engine): void {
  const listener = listenOnPort(engine.host.initNamespace, engine.daemon, CONTROL_PORT);
  if (listener === null) {
    throw new DockerError(
      'internal',
      `failed to listen on remote API address: listen tcp 0.0.0.0:${CONTROL_PORT}: bind: address already in use`,
    );
  }
  listener.close();
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
