import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import type { AnyTcpSocket } from '../sockets-io/any-tcp-socket.ts';
import { formatIp } from '../../protocols/ip-address.ts';
import { toolName } from '../arguments.ts';
import { notModelled } from '../not-modelled.ts';
import { listenTcp } from '../sockets-io/listen-tcp.ts';
import { SocketError } from '../sockets-io/socket-error.ts';
import { findDocument, mediaType } from './document-root.ts';
import { httpDate, logDate } from './http-date.ts';
import type { HttpRequest } from './request.ts';
import { byteLength, serveHttp, type HttpReply, type HttpService } from './serve.ts';

const SERVER = 'Apache/2.4.58 (Unix)';
const ROOT = '/usr/local/apache2/htdocs';
const KEEP_ALIVE_NS = 5e9;
const BACKLOG = 511;
/** The page that comes with the server. */
const PAGE = '<html><body><h1>It works!</h1></body></html>\n';
const PAGE_DATE = 'Mon, 11 Jun 2007 18:53:14 GMT';
const PAGE_ETAG = '"2d-432a5e4a73a80"';

/**
 * Apache httpd in the foreground with its default configuration: port 80, files below htdocs. `httpd` alone goes on
 * in the foreground too. Not modelled: options, configuration, modules.
 */
export function* apache(proc: Process): ProgramRun {
  const options = proc.argv
    .slice(1)
    .filter((arg) => arg !== '-DFOREGROUND' && arg !== '-D' && arg !== 'FOREGROUND');
  if (options.length > 0) return notModelled(proc, `${toolName(proc)} ${options[0]}`);
  let listener: AnyTcpSocket;
  try {
    listener = listenTcp(proc, 'any', 80, BACKLOG);
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    proc.printError(
      `(${error.errno})${error.message}: AH00072: make_sock: could not bind to address [::]:80\n` +
        'no listening sockets available, shutting down\nAH00015: Unable to open logs\n',
    );
    return 1;
  }
  return yield* serveHttp(proc, listener, new ApacheService(proc));
}

class ApacheService implements HttpService {
  readonly version = 'HTTP/1.1';
  readonly keepAliveNs = KEEP_ALIVE_NS;
  private readonly proc: Process;

  constructor(proc: Process) {
    this.proc = proc;
  }

  answer(request: HttpRequest | null, keepAlive: boolean): HttpReply {
    if (request === null) {
      return this.error(
        '400 Bad Request',
        'Your browser sent a request that this server could not understand.<br />',
      );
    }
    const { method, path } = request;
    if (method !== 'GET' && method !== 'HEAD') {
      return this.error(
        '405 Method Not Allowed',
        `The requested method ${method} is not allowed for this URL.`,
      );
    }
    const found = findDocument(this.proc.context.fileSystem, ROOT, path, ['index.html']);
    if (found !== null && found !== 'directory')
      return this.page(found.text, mediaType(found.path), keepAlive, []);
    if (path === '/' || path === '/index.html') {
      const fields: [string, string][] = [
        ['Last-Modified', PAGE_DATE],
        ['ETag', PAGE_ETAG],
      ];
      return this.page(PAGE, 'text/html', keepAlive, fields);
    }
    if (found === 'directory')
      return this.error('403 Forbidden', "You don't have permission to access this resource.");
    return this.error('404 Not Found', 'The requested URL was not found on this server.');
  }

  log(request: HttpRequest, reply: HttpReply, socket: AnyTcpSocket, bodyBytes: number): void {
    this.proc.print(
      `${formatIp(socket.remoteAddress)} - - [${logDate(this.proc.nowNs)}] "${request.line}" ` +
        `${reply.status.slice(0, 3)} ${bodyBytes === 0 ? '-' : bodyBytes}\n`,
    );
  }

  private page(
    body: string,
    type: string | undefined,
    keepAlive: boolean,
    validators: [string, string][],
  ): HttpReply {
    const fields: [string, string][] = [
      ['Date', httpDate(this.proc.nowNs)],
      ['Server', SERVER],
      ...validators,
      ['Accept-Ranges', 'bytes'],
      ['Content-Length', byteLength(body)],
    ];
    if (!keepAlive) fields.push(['Connection', 'close']);
    if (type !== undefined) fields.push(['Content-Type', type]);
    return { status: '200 OK', fields, body };
  }

  private error(status: string, text: string): HttpReply {
    const body =
      '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n' +
      `<title>${status}</title>\n</head><body>\n<h1>${status.slice(4)}</h1>\n<p>${text}</p>\n</body></html>\n`;
    const fields: [string, string][] = [
      ['Date', httpDate(this.proc.nowNs)],
      ['Server', SERVER],
      ['Content-Length', byteLength(body)],
      ['Content-Type', 'text/html; charset=iso-8859-1'],
    ];
    return { status, fields, body };
  }
}
