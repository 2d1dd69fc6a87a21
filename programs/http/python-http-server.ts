import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import type { AnyTcpSocket } from '../sockets-io/any-tcp-socket.ts';
import { formatIp, isIpText, parseIp } from '../../protocols/ip-address.ts';
import { osErrorText, uncaught } from '../echo-tools/python.ts';
import { absolutePath, resolvePath } from '../files.ts';
import { notModelled } from '../not-modelled.ts';
import { listenTcp } from '../sockets-io/listen-tcp.ts';
import { SocketError } from '../sockets-io/socket-error.ts';
import { formatDate } from '../text/calendar.ts';
import { findDocument, mediaType } from './document-root.ts';
import { httpDate } from './http-date.ts';
import type { HttpRequest } from './request.ts';
import { byteLength, serveHttp, type HttpReply, type HttpService } from './serve.ts';

const SERVER = 'SimpleHTTP/0.6 Python/3.11.2';

/** `python3 -m http.server [PORT] [--bind ADDRESS] [--directory DIR]`, called with the arguments after the module. */
export function* pythonHttpServer(proc: Process, args: readonly string[]): ProgramRun {
  let port = 8000;
  let bind = '0.0.0.0';
  let directory = '.';
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--bind' || arg === '-b') bind = args[++i] ?? '';
    else if (arg === '--directory' || arg === '-d') directory = args[++i] ?? '';
    else if (/^\d+$/.test(arg)) port = Number(arg);
    else return notModelled(proc, `http.server ${arg}`, 2);
  }
  if (!isIpText(bind)) return notModelled(proc, `http.server --bind ${bind}`, 2);
  let listener: AnyTcpSocket;
  try {
    listener = listenTcp(proc, parseIp(bind), port, 5);
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    return uncaught(proc, 'OSError', osErrorText(error.errno));
  }
  proc.print(`Serving HTTP on ${bind} port ${port} (http://${bind}:${port}/) ...\n`);
  return yield* serveHttp(proc, listener, new SimpleService(proc, absolutePath(proc, directory)));
}

class SimpleService implements HttpService {
  readonly version = 'HTTP/1.0';
  readonly keepAliveNs = 0;
  private readonly proc: Process;
  private readonly root: string;

  constructor(proc: Process, root: string) {
    this.proc = proc;
    this.root = root;
  }

  answer(request: HttpRequest | null): HttpReply {
    if (request === null)
      return this.error(400, 'Bad request syntax', 'Bad request syntax or unsupported method');
    const { method, path } = request;
    if (method !== 'GET' && method !== 'HEAD') {
      return this.error(501, `Unsupported method ('${method}')`, 'Server does not support this operation');
    }
    const found = findDocument(this.proc.context.fileSystem, this.root, path, ['index.html', 'index.htm']);
    if (found === null) return this.error(404, 'File not found', 'Nothing matches the given URI');
    if (found === 'directory') return this.ok('text/html; charset=utf-8', this.listing(path));
    return this.ok(mediaType(found.path) ?? 'application/octet-stream', found.text);
  }

  log(request: HttpRequest, reply: HttpReply, socket: AnyTcpSocket): void {
    const from = `${formatIp(socket.remoteAddress)} - - [${formatDate('%d/%b/%Y %H:%M:%S', this.proc.nowNs)}]`;
    const [code, ...message] = reply.status.split(' ');
    if (Number(code) >= 400) this.proc.printError(`${from} code ${code}, message ${message.join(' ')}\n`);
    this.proc.printError(`${from} "${request.line}" ${code} -\n`);
  }

  private ok(type: string, body: string): HttpReply {
    const fields: [string, string][] = [
      ['Server', SERVER],
      ['Date', httpDate(this.proc.nowNs)],
      ['Content-type', type],
      ['Content-Length', byteLength(body)],
    ];
    return { status: '200 OK', fields, body };
  }

  private error(code: number, message: string, explanation: string): HttpReply {
    const body = `<!DOCTYPE HTML>
<html lang="en">
    <head>
        <meta charset="utf-8">
        <title>Error response</title>
    </head>
    <body>
        <h1>Error response</h1>
        <p>Error code: ${code}</p>
        <p>Message: ${message}.</p>
        <p>Error code explanation: ${code} - ${explanation}.</p>
    </body>
</html>
`;
    const fields: [string, string][] = [
      ['Server', SERVER],
      ['Date', httpDate(this.proc.nowNs)],
      ['Connection', 'close'],
      ['Content-Type', 'text/html;charset=utf-8'],
      ['Content-Length', byteLength(body)],
    ];
    return { status: `${code} ${message}`, fields, body };
  }

  private listing(path: string): string {
    const files = this.proc.context.fileSystem;
    const directory = resolvePath(this.root, `./${path}`);
    const lines = files.list(directory).map((name) => {
      const shown = files.isDirectory(resolvePath(directory, name)) ? `${name}/` : name;
      return `<li><a href="${encodeURI(shown)}">${shown}</a></li>\n`;
    });
    const title = `Directory listing for ${path}`;
    return `<!DOCTYPE HTML>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title}</title>
</head>
<body>
<h1>${title}</h1>
<hr>
<ul>
${lines.join('')}</ul>
<hr>
</body>
</html>
`;
  }
}
