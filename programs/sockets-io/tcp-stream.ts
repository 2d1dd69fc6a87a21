import type { Process } from '../../core/host/process.ts';
import type { Run } from '../line-input.ts';
import type { AnyTcpSocket } from './any-tcp-socket.ts';
import { SocketError, SocketTimeout } from './socket-error.ts';

const ENCODER = new TextEncoder();
const EMPTY = new Uint8Array(0);

/**
 * Blocking reads and writes on a connected socket. Calls throw `SocketError` with the kernel's error, or
 * `SocketTimeout` when `deadlineNs` passes first.
 */
export class TcpStream {
  readonly proc: Process;
  readonly socket: AnyTcpSocket;
  /** Absolute simulated time after which reads and writes give up. */
  deadlineNs = Infinity;
  /** Read from the socket, not yet taken by the program. */
  private buffered: Uint8Array = EMPTY;

  constructor(proc: Process, socket: AnyTcpSocket) {
    this.proc = proc;
    this.socket = socket;
  }

  /** Bytes as they come, `limit` at most; none at the end of the stream. */
  *read(limit = 65536): Run<Uint8Array> {
    if (this.buffered.length === 0) this.buffered = yield* this.receive();
    return this.take(Math.min(limit, this.buffered.length));
  }

  /** A line without its LF or CRLF; null at the end, or when the stream ends within the line. */
  *readLine(limitBytes = 65536): Run<string | null> {
    for (let searched = 0; ;) {
      const newline = this.buffered.indexOf(10, searched);
      if (newline >= 0) return decode(this.take(newline + 1)).replace(/\r?\n$/, '');
      searched = this.buffered.length;
      if (searched > limitBytes || !(yield* this.fill())) return null;
    }
  }

  /** Exactly `length` bytes, or fewer when the stream ends. */
  *readExactly(length: number): Run<Uint8Array> {
    while (this.buffered.length < length && (yield* this.fill()));
    return this.take(Math.min(length, this.buffered.length));
  }

  /** True when bytes are there without waiting. */
  get hasData(): boolean {
    return this.buffered.length > 0 || this.socket.hasData;
  }

  /** Takes all that is there now, without waiting. */
  readNow(): Uint8Array {
    const first = this.take(this.buffered.length);
    return first.length > 0 ? first : this.socket.receive();
  }

  /** send(2) until all is in the socket's buffer. */
  *write(data: Uint8Array | string): Run<void> {
    const bytes = typeof data === 'string' ? ENCODER.encode(data) : data;
    for (let sent = 0; sent < bytes.length;) {
      const taken = this.socket.send(bytes, sent);
      if (taken < 0) throw new SocketError(-taken);
      sent += taken;
      // Room that came while send(2) was at work has woken nobody.
      if (taken === 0 && !this.hasRoom) yield* this.await(this.socket.writable);
    }
  }

  private get hasRoom(): boolean {
    return (this.socket.connection?.writableBytes ?? 0) > 0;
  }

  close(): void {
    this.socket.close();
  }

  private take(length: number): Uint8Array {
    const taken = this.buffered.subarray(0, length);
    this.buffered = this.buffered.subarray(length);
    return taken;
  }

  /** Adds to the buffer; false at the end of the stream. */
  private *fill(): Run<boolean> {
    const data = yield* this.receive();
    if (data.length === 0) return false;
    const joined = new Uint8Array(this.buffered.length + data.length);
    joined.set(this.buffered);
    joined.set(data, this.buffered.length);
    this.buffered = joined;
    return true;
  }

  private *receive(): Run<Uint8Array> {
    for (;;) {
      const data = this.socket.receive();
      if (data.length > 0) return data;
      const error = this.socket.takeError();
      if (error !== 0) throw new SocketError(error);
      if (this.socket.endOfStream) return EMPTY;
      yield* this.await(this.socket.readable);
    }
  }

  private *await(queue: AnyTcpSocket['readable']): Run<void> {
    if (this.proc.nowNs >= this.deadlineNs) throw new SocketTimeout();
    yield* this.proc.wait(queue, this.deadlineNs - this.proc.nowNs);
  }
}

/** Bytes as text: UTF-8, with what is none replaced. */
export function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

export function encode(text: string): Uint8Array {
  return ENCODER.encode(text);
}
