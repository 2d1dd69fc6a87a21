/**
 * The swarm's part of `docker info` (docker/cli cli/command/system/info.go printSwarmInfo).
 * Not modelled: raft's and the certificate authority's settings, which are shown as a new swarm has them.
 */
import type { Engine } from '../../../drivers/engine/engine.ts';
import { pendingJoin, type JoinAttempt } from '../../../drivers/swarm/join-attempt.ts';
import { CONTROL_PORT } from '../../../drivers/swarm/manager-server.ts';
import type { SwarmNode } from '../../../drivers/swarm/swarm-node.ts';
import { swarmNodeOf } from '../../../drivers/swarm/swarm-registry.ts';
import { formatIpPrefix } from '../../../protocols/ip-address.ts';
import { formatIpv4 } from '../../../protocols/ipv4-address.ts';
import { humanDuration } from '../format/human-duration.ts';
import type { GoStruct } from '../format/go-value.ts';

const DEFAULT_POOL = { text: '10.0.0.0/8', size: 24 };

/** `{{.Swarm}}` */
export function swarmInfo(engine: Engine): GoStruct {
  const node = swarmNodeOf(engine);
  const pending = pendingJoin(engine);
  if (pending !== null) {
    return {
      NodeID: '',
      NodeAddr: formatIpv4(pending.advertiseAddress()),
      LocalNodeState: 'pending',
      ControlAvailable: false,
      RemoteManagers: [{ NodeID: '', Addr: remote(pending) }],
    };
  }
  if (node === null) {
    return {
      NodeID: '',
      NodeAddr: '',
      LocalNodeState: 'inactive',
      ControlAvailable: false,
      RemoteManagers: null,
    };
  }
  const { cluster, member } = node;
  return {
    NodeID: node.nodeId,
    NodeAddr: formatIpv4(member.address),
    LocalNodeState: 'active',
    ControlAvailable: node.isManager,
    RemoteManagers: cluster.managers.map(({ id, address }) => ({
      NodeID: id,
      Addr: controlAddress(address),
    })),
    ...(node.isManager && {
      Nodes: cluster.members.size,
      Managers: cluster.managers.length,
      Cluster: { ID: cluster.id, ...addressPools(node), DataPathPort: cluster.dataPathPort },
    }),
  };
}

/** The lines of the text, from ` Swarm:` on. */
export function swarmLines(engine: Engine): string[] {
  const node = swarmNodeOf(engine);
  const pending = pendingJoin(engine);
  if (pending !== null) {
    return [
      ' Swarm: pending',
      '  NodeID: ',
      '  Is Manager: false',
      `  Node Address: ${formatIpv4(pending.advertiseAddress())}`,
      '  Manager Addresses:',
      `   ${remote(pending)}`,
    ];
  }
  if (node === null) return [' Swarm: inactive'];
  const { cluster, member } = node;
  return [
    ' Swarm: active',
    `  NodeID: ${node.nodeId}`,
    `  Is Manager: ${node.isManager}`,
    ...(node.isManager ? clusterLines(node) : []),
    `  Node Address: ${formatIpv4(member.address)}`,
    '  Manager Addresses:',
    ...cluster.managers.map(({ address }) => `   ${controlAddress(address)}`),
  ];
}

function clusterLines(node: SwarmNode): string[] {
  const { cluster } = node;
  const { DefaultAddrPool, SubnetSize } = addressPools(node);
  return [
    `  ClusterID: ${cluster.id}`,
    `  Managers: ${cluster.managers.length}`,
    `  Nodes: ${cluster.members.size}`,
    `  Default Address Pool: ${DefaultAddrPool.map((pool) => `${pool}  `).join('')}`,
    `  SubnetSize: ${SubnetSize}`,
    `  Data Path Port: ${cluster.dataPathPort}`,
    '  Orchestration:',
    '   Task History Retention Limit: 5',
    '  Raft:',
    '   Snapshot Interval: 10000',
    '   Number of Old Snapshots to Retain: 0',
    '   Heartbeat Tick: 1',
    '   Election Tick: 10',
    '  Dispatcher:',
    `   Heartbeat Period: ${humanDuration(cluster.heartbeatNs)}`,
    '  CA Configuration:',
    '   Expiry Duration: 3 months',
    '   Force Rotate: 0',
    '  Autolock Managers: false',
    '  Root Rotation In Progress: false',
  ];
}

function addressPools({ cluster }: SwarmNode): { DefaultAddrPool: string[]; SubnetSize: number } {
  const { addressPools: pools } = cluster;
  if (pools.length === 0) return { DefaultAddrPool: [DEFAULT_POOL.text], SubnetSize: DEFAULT_POOL.size };
  return { DefaultAddrPool: pools.map(({ base }) => formatIpPrefix(base)), SubnetSize: pools[0]!.size };
}

function remote({ address, port }: JoinAttempt): string {
  return `${formatIpv4(address)}:${port}`;
}

function controlAddress(address: number): string {
  return `${formatIpv4(address)}:${CONTROL_PORT}`;
}
