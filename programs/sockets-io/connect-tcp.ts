import type { Process } from '../../core/host/process.ts';
import { ECONNREFUSED, EINPROGRESS, ENETUNREACH } from '../../core/socket/errno.ts';
import { TcpSocket } from '../../core/socket/tcp-socket.ts';
import { isIpText, type IpAddress } from '../../protocols/ip-address.ts';
import type { Ipv6Address } from '../../protocols/ipv6-address.ts';
import { formatIp } from '../../protocols/ip-address.ts';
import type { Run } from '../line-input.ts';
import { SocketError, SocketTimeout } from './socket-error.ts';

export interface ConnectOptions {
  /** Absolute simulated time at which to give up. */
  deadlineNs?: number;
  /** bind(2) before connect(2): an address of this machine (0 for any) and a port (0 for a free one). */
  localAddress?: number;
  localPort?: number;
  reuseAddress?: boolean;
  /** Called with the socket before connect(2), to set its options. */
  prepare?: (socket: TcpSocket) => void;
}

/**
 * connect(2) that waits: the connected socket, owned by the process. Throws `SocketError` with the kernel's error or
 * `SocketTimeout` at the deadline; the socket is closed then.
 */
export function* connectTcp(
  proc: Process,
  address: IpAddress,
  port: number,
  options: ConnectOptions = {},
): Run<TcpSocket> {
  if (typeof address !== 'number') throw new SocketError(ipv6ConnectError(address));
  const socket = new TcpSocket(proc.netns, proc);
  try {
    bindSocket(socket, options);
    options.prepare?.(socket);
    const error = socket.connect(address, port);
    if (error !== EINPROGRESS) throw new SocketError(error);
    yield* waitConnected(proc, socket, options.deadlineNs ?? Infinity);
  } catch (error) {
    socket.close();
    throw error;
  }
  return socket;
}

function bindSocket(socket: TcpSocket, options: ConnectOptions): void {
  const { localAddress = 0, localPort = 0, reuseAddress = false } = options;
  socket.reuseAddress = reuseAddress;
  if (localAddress === 0 && localPort === 0) return;
  const error = socket.bind(localAddress, localPort);
  if (error !== 0) throw new SocketError(error);
}

function* waitConnected(proc: Process, socket: TcpSocket, deadlineNs: number): Run<void> {
  for (;;) {
    const error = socket.takeError();
    if (error !== 0) throw new SocketError(error);
    if (socket.isConnected) return;
    if (proc.nowNs >= deadlineNs) throw new SocketTimeout();
    yield* proc.wait(socket.writable, deadlineNs - proc.nowNs);
  }
}

/** TCP over IPv6 is not modelled in the sockets: nobody listens on ::1, and there is no route elsewhere. */
function ipv6ConnectError(address: Ipv6Address): number {
  return formatIp(address) === '::1' ? ECONNREFUSED : ENETUNREACH;
}

/** An address as it stands before `:port`: IPv6 in brackets. */
export function bracketed(text: string): string {
  return isIpText(text) && text.includes(':') ? `[${text}]` : text;
}
