import type { Process } from '../../core/host/process.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import type { TcpFlow } from '../../core/socket/tcp-flow.ts';
import type { TcpFlow6 } from '../../core/socket/tcp-flow6.ts';
import type { IpAddress } from '../../protocols/ip-address.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';
import { TcpConnection } from '../../protocols/tcp/tcp-connection.ts';
import { TcpState, tcpStateName } from '../../protocols/tcp/tcp-state.ts';

/** One socket as ss and netstat show it. */
export interface SocketEntry {
  protocol: 'tcp' | 'udp' | 'raw';
  family: 4 | 6;
  /** As ss names it: LISTEN, ESTAB, UNCONN … */
  state: string;
  receiveQueue: number;
  sendQueue: number;
  local: IpAddress;
  localPort: number;
  /** Name of the device it is bound to, or ''. */
  device: string;
  /** Null when there is no peer. */
  remote: IpAddress | null;
  remotePort: number;
  /** Takes both families (listening on :: without v6Only). */
  dualStack: boolean;
  owner: Process | null;
  connection: TcpConnection | null;
}

/** The sockets of a namespace: UDP, then TCP listeners, then TCP flows; IPv4 before IPv6. */
export function listSockets(netns: NetNamespace): SocketEntry[] {
  return [...rawSockets(netns), ...udpSockets(netns), ...listeners(netns), ...flows(netns)];
}

function rawSockets(netns: NetNamespace): SocketEntry[] {
  return netns.sockets.raw.list().map((socket) => ({
    ...EMPTY,
    protocol: 'raw',
    state: 'UNCONN',
    local: socket.localAddress,
    localPort: socket.protocol,
  }));
}

function udpSockets(netns: NetNamespace): SocketEntry[] {
  const ipv6 = netns.ipv6?.sockets.udp.list() ?? [];
  // The IPv4 half of a dual-stack socket is part of the whole.
  const isHalf = (port: number) => ipv6.some((socket) => socket.localPort === port && takesBoth(socket));
  const ipv4 = netns.sockets.udp
    .list()
    .filter((socket) => socket.owner !== null || !isHalf(socket.localPort));
  const entry = (socket: (typeof ipv4)[number] | (typeof ipv6)[number]): SocketEntry => {
    const connected = socket.remotePort !== 0;
    return {
      ...EMPTY,
      protocol: 'udp',
      family: typeof socket.localAddress === 'number' ? 4 : 6,
      state: connected ? 'ESTAB' : 'UNCONN',
      receiveQueue: socket.queuedDataBytes,
      local: socket.localAddress,
      localPort: socket.localPort,
      device: socket.boundDev?.name ?? '',
      remote: connected ? socket.remoteAddress : null,
      remotePort: socket.remotePort,
      dualStack: typeof socket.localAddress !== 'number' && takesBoth(socket as (typeof ipv6)[number]),
      owner: socket.owner,
    };
  };
  return [...ipv4.map(entry), ...ipv6.map(entry)];
}

function takesBoth(socket: { localAddress: Ipv6Address; v6Only: boolean; remotePort?: number }): boolean {
  return !socket.v6Only && socket.localAddress.isUnspecified();
}

function listeners(netns: NetNamespace): SocketEntry[] {
  const ipv6 = netns.ipv6?.sockets.tcp.listListeners() ?? [];
  const isHalf = (port: number) => ipv6.some((socket) => socket.localPort === port && takesBoth(socket));
  const ipv4 = netns.sockets.tcp.listListeners().filter((socket) => !isHalf(socket.localPort));
  return [...ipv4, ...ipv6].map((socket) => ({
    ...EMPTY,
    protocol: 'tcp',
    family: typeof socket.localAddress === 'number' ? 4 : 6,
    state: 'LISTEN',
    receiveQueue: socket.listener?.acceptQueueLength ?? 0,
    sendQueue: socket.listener?.backlog ?? 0,
    local: socket.localAddress,
    localPort: socket.localPort,
    dualStack: typeof socket.localAddress !== 'number' && takesBoth(socket as (typeof ipv6)[number]),
    owner: socket.owner,
  }));
}

function flows(netns: NetNamespace): SocketEntry[] {
  const all: (TcpFlow | TcpFlow6)[] = [
    ...netns.sockets.tcp.listFlows(),
    ...(netns.ipv6?.sockets.tcp.listFlows() ?? []),
  ];
  return all.map((flow) => {
    const connection = flow.endpoint instanceof TcpConnection ? flow.endpoint : null;
    return {
      ...EMPTY,
      protocol: 'tcp',
      family: typeof flow.localAddress === 'number' ? 4 : 6,
      state: tcpStateName(connection?.state ?? TcpState.SYN_RECEIVED),
      receiveQueue: connection?.readableBytes ?? 0,
      sendQueue: connection?.queuedBytes ?? 0,
      local: flow.localAddress,
      localPort: flow.localPort,
      remote: flow.remoteAddress,
      remotePort: flow.remotePort,
      owner: connection?.orphaned === true ? null : (flow.socket?.owner ?? null),
      connection,
    };
  });
}

const EMPTY: SocketEntry = {
  protocol: 'tcp',
  family: 4,
  state: '',
  receiveQueue: 0,
  sendQueue: 0,
  local: 0,
  localPort: 0,
  device: '',
  remote: null,
  remotePort: 0,
  dualStack: false,
  owner: null,
  connection: null,
};

/** The name of a process as the kernel keeps it (comm): argv[0] without its directory, 15 bytes at most. */
export function commandName(owner: Process): string {
  const name = owner.argv[0] ?? '';
  return name.slice(name.lastIndexOf('/') + 1).slice(0, 15);
}

/**
 * The descriptor number a socket has: sockets of a process are numbered from 3 in listing order. Descriptor tables
 * are not modelled.
 */
export function descriptorNumbers(entries: readonly SocketEntry[]): Map<SocketEntry, number> {
  const next = new Map<Process, number>();
  const numbers = new Map<SocketEntry, number>();
  for (const entry of entries) {
    if (entry.owner === null) continue;
    const number = next.get(entry.owner) ?? 3;
    next.set(entry.owner, number + 1);
    numbers.set(entry, number);
  }
  return numbers;
}
