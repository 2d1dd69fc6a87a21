import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { notModelled } from '../not-modelled.ts';
import { listenTcp } from '../sockets-io/listen-tcp.ts';
import { SocketError } from '../sockets-io/socket-error.ts';
import { httpDate } from './http-date.ts';
import { byteLength, serveHttp, type HttpReply, type HttpService } from './serve.ts';

const PORT = 8080;
const BACKLOG = 100;
const TITLE = 'HTTP Status 404 – Not Found';
const STYLE =
  'body {font-family:Tahoma,Arial,sans-serif;} h1, h2, h3, b {color:white;background-color:#525D76;} ' +
  'h1 {font-size:22px;} h2 {font-size:16px;} h3 {font-size:14px;} p {font-size:12px;} a {color:black;} ' +
  '.line {height:1px;background-color:#525D76;border:none;}';
const PAGE =
  `<!doctype html><html lang="en"><head><title>${TITLE}</title><style type="text/css">${STYLE}</style></head>` +
  `<body><h1>${TITLE}</h1><hr class="line" /><p><b>Type</b> Status Report</p><p><b>Description</b> The origin ` +
  'server did not find a current representation for the target resource or is not willing to disclose that one ' +
  'exists.</p><hr class="line" /><h3>Apache Tomcat/10.1.17</h3></body></html>';

/** `catalina.sh run`: Tomcat without web applications, as its image is, so all it has is the 404 page. */
export function* catalina(proc: Process): ProgramRun {
  if (proc.argv[1] !== 'run') return notModelled(proc, `catalina.sh ${proc.argv[1] ?? ''}`.trimEnd());
  const service: HttpService = {
    version: 'HTTP/1.1',
    keepAliveNs: 20e9,
    answer: (_request, keepAlive) => notFound(proc, keepAlive),
    log: () => {},
  };
  try {
    return yield* serveHttp(proc, listenTcp(proc, 'any', PORT, BACKLOG), service);
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    proc.printError(`java.net.BindException: ${error.message} (Bind failed) <null>:${PORT}\n`);
    return 1;
  }
}

function notFound(proc: Process, keepAlive: boolean): HttpReply {
  const fields: [string, string][] = [
    ['Content-Type', 'text/html;charset=utf-8'],
    ['Content-Language', 'en'],
    ['Content-Length', byteLength(PAGE)],
    ['Date', httpDate(proc.nowNs)],
  ];
  if (!keepAlive) fields.push(['Connection', 'close']);
  return { status: '404 ', fields, body: PAGE };
}
