/** DNS messages over TCP: two bytes of length before each (RFC 1035 section 4.2.2). */
import type { Process } from '../../core/host/process.ts';
import type { WaitRequest } from '../../core/host/program.ts';
import type { WaitQueue } from '../../core/host/wait-queue.ts';
import type { TcpSocket } from '../../core/socket/tcp-socket.ts';

type Run<T> = Generator<WaitRequest, T, WaitQueue | null>;

/** The next message; null at the end of the stream or when `untilNs` has passed. */
export function* receiveDnsMessage(
  proc: Process,
  socket: TcpSocket,
  untilNs = Infinity,
): Run<Uint8Array | null> {
  const header = yield* receiveExactly(proc, socket, 2, untilNs);
  if (header === null) return null;
  return yield* receiveExactly(proc, socket, (header[0]! << 8) | header[1]!, untilNs);
}

export function* sendDnsMessage(proc: Process, socket: TcpSocket, message: Uint8Array): Run<boolean> {
  const framed = new Uint8Array(2 + message.length);
  framed[0] = message.length >>> 8;
  framed[1] = message.length & 0xff;
  framed.set(message, 2);
  let sent = 0;
  while (sent < framed.length) {
    const taken = socket.send(framed, sent);
    if (taken < 0) return false;
    sent += taken;
    if (taken === 0) yield* proc.wait(socket.writable);
  }
  return true;
}

function* receiveExactly(
  proc: Process,
  socket: TcpSocket,
  length: number,
  untilNs: number,
): Run<Uint8Array | null> {
  const bytes = new Uint8Array(length);
  let have = 0;
  while (have < length) {
    const chunk = socket.receive(length - have);
    bytes.set(chunk, have);
    have += chunk.length;
    if (chunk.length > 0) continue;
    if (socket.endOfStream || proc.nowNs >= untilNs) return null;
    yield* proc.wait(socket.readable, untilNs - proc.nowNs);
  }
  return bytes;
}
