import type { Process } from '../../core/host/process.ts';
import { EINPROGRESS, EINVAL } from '../../core/socket/errno.ts';
import { TcpSocket } from '../../core/socket/tcp-socket.ts';
import { Tcp6Socket } from '../../core/socket/tcp6-socket.ts';
import { isIpText, type IpAddress } from '../../protocols/ip-address.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';
import type { Run } from '../line-input.ts';
import type { AnyTcpSocket } from './any-tcp-socket.ts';
import { SocketError, SocketTimeout } from './socket-error.ts';

export interface ConnectOptions {
  /** Absolute simulated time at which to give up. */
  deadlineNs?: number;
  /** bind(2) before connect(2): an address of this machine (0 for any) and a port (0 for a free one). */
  localAddress?: IpAddress;
  localPort?: number;
  reuseAddress?: boolean;
  /** Called with the socket before connect(2), to set its options. */
  prepare?: (socket: AnyTcpSocket) => void;
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
): Run<AnyTcpSocket> {
  const socket =
    typeof address === 'number' ? new TcpSocket(proc.netns, proc) : new Tcp6Socket(proc.netns, proc);
  try {
    bindSocket(socket, options);
    options.prepare?.(socket);
    const error = startConnect(socket, address, port);
    if (error !== EINPROGRESS) throw new SocketError(error);
    yield* waitConnected(proc, socket, options.deadlineNs ?? Infinity);
  } catch (error) {
    socket.close();
    throw error;
  }
  return socket;
}

function startConnect(socket: AnyTcpSocket, address: IpAddress, port: number): number {
  if (socket instanceof TcpSocket) return socket.connect(address as number, port);
  return socket.connect(address as Ipv6Address, port);
}

function bindSocket(socket: AnyTcpSocket, options: ConnectOptions): void {
  const { localAddress = 0, localPort = 0, reuseAddress = false } = options;
  socket.reuseAddress = reuseAddress;
  if (localAddress === 0 && localPort === 0) return;
  const error = bindTo(socket, localAddress, localPort);
  if (error !== 0) throw new SocketError(error);
}

function bindTo(socket: AnyTcpSocket, address: IpAddress, port: number): number {
  if (socket instanceof TcpSocket) return typeof address === 'number' ? socket.bind(address, port) : EINVAL;
  if (typeof address !== 'number') return socket.bind(address, port);
  return address === 0 ? socket.bind(Ipv6Address.UNSPECIFIED, port) : EINVAL;
}

function* waitConnected(proc: Process, socket: AnyTcpSocket, deadlineNs: number): Run<void> {
  for (;;) {
    const error = socket.takeError();
    if (error !== 0) throw new SocketError(error);
    if (socket.isConnected) return;
    if (proc.nowNs >= deadlineNs) throw new SocketTimeout();
    yield* proc.wait(socket.writable, deadlineNs - proc.nowNs);
  }
}

/** An address as it stands before `:port`: IPv6 in brackets. */
export function bracketed(text: string): string {
  return isIpText(text) && text.includes(':') ? `[${text}]` : text;
}
