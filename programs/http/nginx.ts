import { EMPTY_INPUT } from '../../core/host/streams.ts';
import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import type { AnyTcpSocket } from '../sockets-io/any-tcp-socket.ts';
import { formatIp, type IpAddress } from '../../protocols/ip-address.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';
import { parseArguments } from '../arguments.ts';
import { spawnChild } from '../child-process.ts';
import type { Run } from '../line-input.ts';
import { notModelled } from '../not-modelled.ts';
import { bracketed } from '../sockets-io/connect-tcp.ts';
import { listenTcp } from '../sockets-io/listen-tcp.ts';
import { SocketError } from '../sockets-io/socket-error.ts';
import { formatDate } from '../text/calendar.ts';
import { findDocument, mediaType } from './document-root.ts';
import { httpDate, logDate } from './http-date.ts';
import type { HttpRequest } from './request.ts';
import { byteLength, serveHttp, type HttpReply, type HttpService } from './serve.ts';

const VERSION = 'nginx/1.25.3';
const ROOT = '/usr/share/nginx/html';
const KEEP_ALIVE_NS = 75e9;
const PORT = 80;
const BACKLOG = 511;
const BIND_TRIES = 5;
const BIND_PAUSE_NS = 500_000_000;
/** Of the page that comes with the server. */
const PAGE_DATE = 'Tue, 24 Oct 2023 13:46:47 GMT';
const PAGE_SECONDS = 1698155207;

const WELCOME_PAGE = `<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required.</p>

<p>For online documentation and support please refer to
<a href="http://nginx.org/">nginx.org</a>.<br/>
Commercial support is available at
<a href="http://nginx.com/">nginx.com</a>.</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
`;

/**
 * nginx with its default configuration: port 80 of IPv4 and of IPv6 where that exists (the image's
 * 10-listen-on-ipv6-by-default.sh looks for /proc/net/if_inet6), a socket each; files below /usr/share/nginx/html, where the welcome page is unless
 * another file took its place. Not modelled: configuration files, signals to a running server (-s), worker
 * processes (one process serves all), ranges and conditional requests.
 */
export function* nginx(proc: Process): ProgramRun {
  const args = parseArguments(proc, { short: 'vVtTqg:c:p:s:e:h?' });
  if (args === null) return 1;
  if (args.has('v') || args.has('V')) {
    proc.printError(`nginx version: ${VERSION}\n`);
    return 0;
  }
  for (const option of ['t', 'T', 'c', 'p', 's', 'e']) {
    if (args.has(option)) return notModelled(proc, `nginx -${option}`);
  }
  const files = proc.context.fileSystem;
  const configuration = ['/etc/nginx/nginx.conf', '/etc/nginx/conf.d/default.conf'].find(
    (path) => files.readText(path) !== null,
  );
  if (configuration !== undefined) return notModelled(proc, `the configuration file ${configuration}`);
  if (!/daemon\s+off\s*;/.test(args.value('g') ?? '')) return daemonize(proc);
  const listeners = yield* openListeningSockets(proc);
  if (listeners === null) return 1;
  notice(proc, 'using the "epoll" event method');
  notice(proc, VERSION);
  notice(proc, 'start worker processes');
  const [first, ...others] = listeners;
  return yield* serveHttp(proc, first!, new NginxService(proc), others);
}

function daemonize(proc: Process): number {
  spawnChild(proc, nginx, [...proc.argv, '-g', 'daemon off;'], {
    stdin: EMPTY_INPUT,
    stdout: proc.stdout,
    stderr: proc.stderr,
  });
  return 0;
}

/** ngx_open_listening_sockets (src/core/ngx_connection.c): those that are taken are tried again, all together. */
function* openListeningSockets(proc: Process): Run<AnyTcpSocket[] | null> {
  const addresses: IpAddress[] = proc.netns.ipv6 === null ? [0] : [0, Ipv6Address.UNSPECIFIED];
  const open = new Map<IpAddress, AnyTcpSocket>();
  for (let left = BIND_TRIES; left > 0; left--) {
    for (const address of addresses) {
      if (!open.has(address)) openListeningSocket(proc, address, open);
    }
    if (open.size === addresses.length) return [...open.values()];
    yield* proc.sleep(BIND_PAUSE_NS);
  }
  emergency(proc, 'still could not bind()');
  return null;
}

function openListeningSocket(proc: Process, address: IpAddress, open: Map<IpAddress, AnyTcpSocket>): void {
  try {
    open.set(address, listenTcp(proc, address, PORT, BACKLOG, { v6Only: true }));
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    const where = `${bracketed(formatIp(address))}:${PORT}`;
    emergency(proc, `bind() to ${where} failed (${error.errno}: ${error.message})`);
  }
}

function notice(proc: Process, text: string): void {
  const date = formatDate('%Y/%m/%d %H:%M:%S', proc.nowNs);
  proc.printError(`${date} [notice] ${proc.pid}#${proc.pid}: ${text}\n`);
}

function emergency(proc: Process, text: string): void {
  proc.printError(`nginx: [emerg] ${text}\n`);
}

class NginxService implements HttpService {
  readonly version = 'HTTP/1.1';
  readonly keepAliveNs = KEEP_ALIVE_NS;
  private readonly proc: Process;

  constructor(proc: Process) {
    this.proc = proc;
  }

  answer(request: HttpRequest | null, keepAlive: boolean): HttpReply {
    if (request === null) return this.page('400 Bad Request', false);
    if (request.method !== 'GET' && request.method !== 'HEAD') return this.page('405 Not Allowed', keepAlive);
    const found = findDocument(this.proc.context.fileSystem, ROOT, request.path, ['index.html', 'index.htm']);
    if (found === null || found === 'directory') {
      if (request.path === '/' || request.path === '/index.html') return this.welcome(keepAlive);
      return this.page(found === null ? '404 Not Found' : '403 Forbidden', keepAlive);
    }
    return {
      status: '200 OK',
      fields: this.fields(mediaType(found.path) ?? 'application/octet-stream', found.text, keepAlive, [
        ['Accept-Ranges', 'bytes'],
      ]),
      body: found.text,
    };
  }

  log(request: HttpRequest, reply: HttpReply, socket: AnyTcpSocket, bodyBytes: number): void {
    const { headers } = request;
    const quote = (value: string | undefined) => `"${value ?? '-'}"`;
    this.proc.print(
      `${formatIp(socket.remoteAddress)} - - [${logDate(this.proc.nowNs)}] "${request.line}" ` +
        `${reply.status.slice(0, 3)} ${bodyBytes} ${quote(headers.get('Referer'))} ` +
        `${quote(headers.get('User-Agent'))} ${quote(headers.get('X-Forwarded-For'))}\n`,
    );
  }

  private welcome(keepAlive: boolean): HttpReply {
    const length = Number(byteLength(WELCOME_PAGE));
    const fields = this.fields('text/html', WELCOME_PAGE, keepAlive, [
      ['ETag', `"${PAGE_SECONDS.toString(16)}-${length.toString(16)}"`],
      ['Accept-Ranges', 'bytes'],
    ]);
    fields.splice(4, 0, ['Last-Modified', PAGE_DATE]);
    return { status: '200 OK', fields, body: WELCOME_PAGE };
  }

  private page(status: string, keepAlive: boolean): HttpReply {
    const body =
      `<html>\r\n<head><title>${status}</title></head>\r\n<body>\r\n<center><h1>${status}</h1></center>\r\n` +
      `<hr><center>${VERSION}</center>\r\n</body>\r\n</html>\r\n`;
    return { status, fields: this.fields('text/html', body, keepAlive, []), body };
  }

  private fields(
    type: string,
    body: string,
    keepAlive: boolean,
    after: [string, string][],
  ): [string, string][] {
    return [
      ['Server', VERSION],
      ['Date', httpDate(this.proc.nowNs)],
      ['Content-Type', type],
      ['Content-Length', byteLength(body)],
      ['Connection', keepAlive ? 'keep-alive' : 'close'],
      ...after,
    ];
  }
}
