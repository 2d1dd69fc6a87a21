import type { Process } from '../../core/host/process.ts';
import type { AnyTcpSocket } from '../sockets-io/any-tcp-socket.ts';
import type { Run } from '../line-input.ts';
import { acceptTcp } from '../sockets-io/listen-tcp.ts';
import { SocketError } from '../sockets-io/socket-error.ts';
import { Tasks } from '../sockets-io/tasks.ts';
import { TcpStream } from '../sockets-io/tcp-stream.ts';
import { readRequest, type HttpRequest } from './request.ts';

/** What a server answers. */
export interface HttpReply {
  /** `200 OK`. */
  status: string;
  /** In the order they are sent; the server's own Connection field is among them. */
  fields: [name: string, value: string][];
  body: string;
}

/** How a server treats its connections. */
export interface HttpService {
  /** `HTTP/1.1`. */
  version: string;
  /** How long an idle connection stays open; 0 closes it after one reply. */
  keepAliveNs: number;
  /** The reply to a request, null for one that could not be read; it may take its time. */
  answer(request: HttpRequest | null, keepAlive: boolean): HttpReply | Run<HttpReply>;
  log(request: HttpRequest, reply: HttpReply, socket: AnyTcpSocket, bodyBytes: number): void;
}

/** Serves connections of listening sockets in one process for ever, as an event-driven server does. */
export function* serveHttp(
  proc: Process,
  first: AnyTcpSocket,
  service: HttpService,
  others: readonly AnyTcpSocket[] = [],
): Run<never> {
  const tasks = new Tasks();
  for (const listener of others) tasks.start(acceptForEver(proc, listener, service, tasks));
  return yield* tasks.runWith(proc, acceptForEver(proc, first, service, tasks));
}

function* acceptForEver(
  proc: Process,
  listener: AnyTcpSocket,
  service: HttpService,
  tasks: Tasks,
): Run<never> {
  for (;;) {
    const socket = yield* acceptTcp(proc, listener);
    tasks.start(serveConnection(proc, socket, service));
  }
}

function* serveConnection(proc: Process, socket: AnyTcpSocket, service: HttpService): Run<void> {
  const stream = new TcpStream(proc, socket);
  try {
    while (yield* serveRequest(proc, stream, service));
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
  } finally {
    socket.close();
  }
}

/** One request; true when the connection stays open. */
function* serveRequest(proc: Process, stream: TcpStream, service: HttpService): Run<boolean> {
  stream.deadlineNs = service.keepAliveNs === 0 ? Infinity : proc.nowNs + service.keepAliveNs;
  const request = yield* readRequest(stream);
  stream.deadlineNs = Infinity;
  if (request === 'closed' || request === 'timeout') return false;
  const read = request === 'bad request' ? null : request;
  const keepAlive = read !== null && service.keepAliveNs > 0 && wantsKeepAlive(read);
  const answer = service.answer(read, keepAlive);
  const reply = 'status' in answer ? answer : yield* answer;
  const body = new TextEncoder().encode(reply.body);
  const fields = reply.fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  yield* stream.write(`${service.version} ${reply.status}\r\n${fields}\r\n`);
  const withBody = read?.method !== 'HEAD';
  if (withBody) yield* stream.write(body);
  if (read !== null) service.log(read, reply, stream.socket, withBody ? body.length : 0);
  return keepAlive;
}

function wantsKeepAlive(request: HttpRequest): boolean {
  if (request.headers.connectionHas('close')) return false;
  return request.version === 'HTTP/1.1' || request.headers.connectionHas('keep-alive');
}

/** The bytes of a body, for Content-Length. */
export function byteLength(text: string): string {
  return String(new TextEncoder().encode(text).length);
}
