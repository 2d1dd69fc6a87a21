import { EMPTY_INPUT } from '../../../core/host/streams.ts';
import type { Process } from '../../../core/host/process.ts';
import type { ProgramRun } from '../../../core/host/program.ts';
import type { AnyTcpSocket } from '../../sockets-io/any-tcp-socket.ts';
import { formatIp } from '../../../protocols/ip-address.ts';
import { OwnedChild, spawnChild } from '../../child-process.ts';
import type { Run } from '../../line-input.ts';
import { acceptTcp, listenTcp } from '../../sockets-io/listen-tcp.ts';
import { SocketError } from '../../sockets-io/socket-error.ts';
import { TcpStream } from '../../sockets-io/tcp-stream.ts';
import { findDocument, mediaType } from '../document-root.ts';
import { httpDate } from '../http-date.ts';
import { readRequest } from '../request.ts';
import { findCgiScript, runCgi } from './cgi.ts';
import { readHttpdSettings, type HttpdSettings } from './settings.ts';

const BACKLOG = 9;
/** A client that sends no request is cut off (HEADER_READ_TIMEOUT). */
const HEADER_TIMEOUT_NS = 60e9;

const EXPLANATIONS: ReadonlyMap<number, { reason: string; text: string }> = new Map([
  [400, { reason: 'Bad Request', text: 'Unsupported method' }],
  [404, { reason: 'Not Found', text: 'The requested URL was not found' }],
  [408, { reason: 'Request Timeout', text: 'No request appeared within 60 seconds' }],
  [501, { reason: 'Not Implemented', text: 'The requested method is not recognized' }],
]);

/**
 * busybox httpd (networking/httpd.c, 1.35): a child process serves each connection and closes it after one reply.
 * Serves files below -h and runs shell scripts below /cgi-bin/. Not modelled: httpd.conf, ranges, authentication,
 * gzip, proxying.
 */
export function* busyboxHttpd(proc: Process): ProgramRun {
  const settings = readHttpdSettings(proc);
  if (typeof settings === 'number') return settings;
  if (!settings.foreground) return daemonize(proc);
  let listener: AnyTcpSocket;
  try {
    listener = listenTcp(proc, settings.address, settings.port, BACKLOG);
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    proc.printError(`httpd: bind: ${error.message}\n`);
    return 1;
  }
  for (;;) {
    const socket = yield* acceptTcp(proc, listener);
    proc.disown(socket);
    const child: Process = spawnChild(
      proc,
      (worker) => handleConnection(worker, socket, settings),
      proc.argv,
      { stdin: EMPTY_INPUT, stdout: proc.stdout, stderr: proc.stderr },
      { onExit: () => proc.disown(owned) },
    );
    const owned = new OwnedChild(child);
    proc.own(owned);
    socket.owner = child;
    child.own(socket);
  }
}

/** Without -f the server goes on in the background. */
function daemonize(proc: Process): number {
  spawnChild(proc, busyboxHttpd, [...proc.argv, '-f'], {
    stdin: EMPTY_INPUT,
    stdout: proc.stdout,
    stderr: proc.stderr,
  });
  return 0;
}

function* handleConnection(proc: Process, socket: AnyTcpSocket, settings: HttpdSettings): ProgramRun {
  const stream = new TcpStream(proc, socket);
  stream.deadlineNs = proc.nowNs + HEADER_TIMEOUT_NS;
  try {
    yield* answer(proc, stream, settings);
    socket.shutdown();
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
  }
  return 0;
}

function* answer(proc: Process, stream: TcpStream, settings: HttpdSettings): Run<void> {
  const request = yield* readRequest(stream);
  stream.deadlineNs = Infinity;
  if (request === 'closed') return;
  if (request === 'timeout') return yield* sendError(proc, stream, 408);
  if (request === 'bad request') return yield* sendError(proc, stream, 400);
  const peer = peerText(stream.socket);
  if (settings.verbosity > 1) proc.printError(`${peer}:${stream.socket.remotePort}: url:${request.target}\n`);
  if (request.path.startsWith('/cgi-bin/')) {
    const script = findCgiScript(proc, settings.home, request.path);
    if (script === null) return yield* sendError(proc, stream, 404);
    return yield* runCgi(proc, stream, request, script, settings.home, peer);
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return yield* sendError(proc, stream, 501);
  const found = findDocument(proc.context.fileSystem, settings.home, request.path, ['index.html']);
  if (found === null || found === 'directory') return yield* sendError(proc, stream, 404);
  const body = new TextEncoder().encode(found.text);
  const type = mediaType(found.path) ?? 'application/octet-stream';
  yield* stream.write(
    `${head(proc, 200, 'OK', type)}Accept-Ranges: bytes\r\nLast-Modified: ${httpDate(0)}\r\n` +
      `Content-Length: ${body.length}\r\n\r\n`,
  );
  if (request.method === 'GET') yield* stream.write(body);
}

function* sendError(proc: Process, stream: TcpStream, status: number): Run<void> {
  const { reason, text } = EXPLANATIONS.get(status)!;
  const title = `${status} ${reason}`;
  const page =
    `<HTML><HEAD><TITLE>${title}</TITLE></HEAD>\n<BODY><H1>${title}</H1>\n` + `${text}\n</BODY></HTML>\n`;
  yield* stream.write(`${head(proc, status, reason, 'text/html')}\r\n${page}`);
}

function head(proc: Process, status: number, reason: string, type: string): string {
  return (
    `HTTP/1.1 ${status} ${reason}\r\nDate: ${httpDate(proc.nowNs)}\r\nConnection: close\r\n` +
    `Content-type: ${type}\r\n`
  );
}

/** The listening socket takes both families, so an IPv4 client shows as a mapped address. */
function peerText(socket: AnyTcpSocket): string {
  const text = formatIp(socket.remoteAddress);
  return typeof socket.remoteAddress === 'number' ? `[::ffff:${text}]` : `[${text}]`;
}
