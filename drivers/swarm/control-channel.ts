/**
 * Messages between the daemons of a swarm: JSON, over TCP with four bytes of length before it. What Docker sends is
 * gRPC over TLS (2377) and encrypted memberlist messages (7946); its bytes are not modelled, the exchanges are.
 */
import type { Process } from '../../core/host/process.ts';
import type { WaitRequest } from '../../core/host/program.ts';
import { WaitQueue } from '../../core/host/wait-queue.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { EINPROGRESS } from '../../core/socket/errno.ts';
import type { Tcp6Socket } from '../../core/socket/tcp6-socket.ts';
import { TcpSocket } from '../../core/socket/tcp-socket.ts';
import { get32, put32 } from '../../protocols/bytes.ts';

export type Run<T> = Generator<WaitRequest, T, WaitQueue | null>;

/** What messages go over. */
export type Connection = TcpSocket | Tcp6Socket;

const HEADER_LENGTH = 4;
/** Longer messages than this are none of ours. */
const MAX_LENGTH = 1 << 24;
/** What a call gives that was not finished in time. */
export const TIMED_OUT = -1;

/** A connection to a daemon; else an error number, or TIMED_OUT. */
export function* connectTo(
  proc: Process,
  netns: NetNamespace,
  address: number,
  port: number,
  untilNs: number,
): Run<TcpSocket | number> {
  const socket = new TcpSocket(netns, proc);
  const error = socket.connect(address, port);
  if (error !== 0 && error !== EINPROGRESS) {
    socket.close();
    return error;
  }
  while (!socket.isConnected) {
    const failed = socket.takeError();
    if (failed !== 0 || proc.nowNs >= untilNs) {
      socket.close();
      return failed !== 0 ? failed : TIMED_OUT;
    }
    yield* proc.wait(socket.writable, untilNs - proc.nowNs);
  }
  return socket;
}

/** Sends a message; false when the connection has failed or `untilNs` has passed. */
export function* sendMessage(
  proc: Process,
  socket: Connection,
  message: unknown,
  untilNs = Infinity,
): Run<boolean> {
  const body = encodeMessage(message);
  const bytes = new Uint8Array(HEADER_LENGTH + body.length);
  put32(bytes, 0, body.length);
  bytes.set(body, HEADER_LENGTH);
  let sent = 0;
  while (sent < bytes.length) {
    const taken = socket.send(bytes, sent);
    if (taken < 0) return false;
    sent += taken;
    if (taken > 0) continue;
    if (proc.nowNs >= untilNs) return false;
    yield* proc.wait(socket.writable, untilNs - proc.nowNs);
  }
  return true;
}

/** The next message; null when the connection has ended or `untilNs` has passed. */
export function* receiveMessage(proc: Process, socket: Connection, untilNs = Infinity): Run<unknown> {
  const header = yield* receiveExactly(proc, socket, HEADER_LENGTH, untilNs);
  if (header === null || get32(header, 0) > MAX_LENGTH) return null;
  const body = yield* receiveExactly(proc, socket, get32(header, 0), untilNs);
  return body === null ? null : decodeMessage(body);
}

/** JSON with everything beyond ASCII escaped. */
export function encodeMessage(message: unknown): Uint8Array {
  const text = JSON.stringify(message).replace(
    /[^\0-\x7f]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  // Most of a swarm's idle time goes through here: a loop is many times quicker than Uint8Array.from.
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** What a message says; null for bytes that are no message. */
export function decodeMessage(bytes: Uint8Array): unknown {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function* receiveExactly(
  proc: Process,
  socket: Connection,
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
    if (socket.endOfStream || socket.takeError() !== 0 || proc.nowNs >= untilNs) return null;
    yield* proc.wait(socket.readable, untilNs - proc.nowNs);
  }
  return bytes;
}

/** Messages that wait to be sent on a connection, so that several threads may send on it. */
export class Outbox {
  private readonly messages: unknown[] = [];
  private readonly filled = new WaitQueue();

  push(message: unknown): void {
    this.messages.push(message);
    this.filled.wake();
  }

  /** Sends what comes, for as long as the connection lasts. */
  *pump(proc: Process, socket: Connection): Run<void> {
    for (;;) {
      const message = this.messages.shift();
      if (message === undefined) yield* proc.wait(this.filled);
      else if (!(yield* sendMessage(proc, socket, message))) return;
    }
  }
}
