import type { Process } from '../../core/host/process.ts';
import { TcpSocket } from '../../core/socket/tcp-socket.ts';
import { Tcp6Socket } from '../../core/socket/tcp6-socket.ts';
import type { IpAddress } from '../../protocols/ip-address.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';
import type { Run } from '../line-input.ts';
import type { AnyTcpSocket } from './any-tcp-socket.ts';
import { SocketError } from './socket-error.ts';

/**
 * socket, SO_REUSEADDR, bind and listen. `any` is both families on one socket where the namespace has IPv6, else
 * IPv4 alone; `v6Only` (IPV6_V6ONLY) keeps an IPv6 socket from IPv4. Throws `SocketError`.
 */
export function listenTcp(
  proc: Process,
  address: IpAddress | 'any',
  port: number,
  backlog: number,
  { v6Only = false } = {},
): AnyTcpSocket {
  const { netns } = proc;
  const local = address === 'any' ? (netns.ipv6 === null ? 0 : Ipv6Address.UNSPECIFIED) : address;
  const socket = typeof local === 'number' ? new TcpSocket(netns, proc) : new Tcp6Socket(netns, proc);
  socket.reuseAddress = true;
  if (socket instanceof Tcp6Socket) socket.v6Only = v6Only;
  const bound =
    socket instanceof TcpSocket
      ? socket.bind(local as number, port)
      : socket.bind(local as Ipv6Address, port);
  const error = bound || socket.listen(backlog);
  if (error !== 0) {
    socket.close();
    throw new SocketError(error);
  }
  return socket;
}

/** accept(2) that waits; the connection belongs to `owner`. */
export function* acceptTcp(proc: Process, listener: AnyTcpSocket, owner: Process = proc): Run<AnyTcpSocket> {
  for (;;) {
    const socket = listener.accept(owner);
    if (socket !== null) return socket;
    yield* proc.wait(listener.readable);
  }
}
