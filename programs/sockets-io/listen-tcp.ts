import type { Process } from '../../core/host/process.ts';
import { TcpSocket } from '../../core/socket/tcp-socket.ts';
import type { Run } from '../line-input.ts';
import { SocketError } from './socket-error.ts';

/** socket, SO_REUSEADDR, bind and listen. Throws `SocketError`. */
export function listenTcp(proc: Process, address: number, port: number, backlog: number): TcpSocket {
  const socket = new TcpSocket(proc.netns, proc);
  socket.reuseAddress = true;
  const error = socket.bind(address, port) || socket.listen(backlog);
  if (error !== 0) {
    socket.close();
    throw new SocketError(error);
  }
  return socket;
}

/** accept(2) that waits; the connection belongs to `owner`. */
export function* acceptTcp(proc: Process, listener: TcpSocket, owner: Process = proc): Run<TcpSocket> {
  for (;;) {
    const socket = listener.accept(owner);
    if (socket !== null) return socket;
    yield* proc.wait(listener.readable);
  }
}
