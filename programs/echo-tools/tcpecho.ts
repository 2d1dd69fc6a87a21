import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import type { AnyTcpSocket } from '../sockets-io/any-tcp-socket.ts';
import { formatIp } from '../../protocols/ip-address.ts';
import type { Run } from '../line-input.ts';
import { acceptTcp, listenTcp } from '../sockets-io/listen-tcp.ts';
import { SocketError } from '../sockets-io/socket-error.ts';
import { TcpStream } from '../sockets-io/tcp-stream.ts';
import { osErrorText, uncaught } from './python.ts';

/** `tcpecho.py PORT`: answers what a client sends with a line that says who it was, then waits for its end. */
export function* tcpecho(proc: Process): ProgramRun {
  let listener: AnyTcpSocket;
  try {
    listener = listenTcp(proc, 0, Number(proc.argv[1] ?? ''), 16);
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    return uncaught(proc, 'OSError', osErrorText(error.errno));
  }
  for (;;) {
    const socket = yield* acceptTcp(proc, listener);
    const peer = `${formatIp(socket.remoteAddress)}:${socket.remotePort}`;
    proc.print(`accepted ${peer}\n`);
    try {
      yield* answer(proc, socket, peer);
    } catch (error) {
      if (!(error instanceof SocketError)) throw error;
      proc.print(`${osErrorText(error.errno)}\n`);
    }
    socket.close();
  }
}

function* answer(proc: Process, socket: AnyTcpSocket, peer: string): Run<void> {
  const stream = new TcpStream(proc, socket);
  const data = yield* stream.read(65535);
  yield* stream.write(`${proc.context.uts.hostname} saw ${peer} len=${data.length}\n`);
  yield* stream.read(1);
}
