import type { Process } from '../../../core/host/process.ts';
import type { ProgramRun } from '../../../core/host/program.ts';
import type { AnyTcpSocket } from '../../sockets-io/any-tcp-socket.ts';
import { formatIp } from '../../../protocols/ip-address.ts';
import { parseArguments, type ParsedArguments } from '../../arguments.ts';
import { absolutePath } from '../../files.ts';
import type { Run } from '../../line-input.ts';
import { notModelled } from '../../not-modelled.ts';
import { resolveHost } from '../../resolver/resolve.ts';
import { bracketed, connectTcp } from '../../sockets-io/connect-tcp.ts';
import { SocketError, SocketTimeout } from '../../sockets-io/socket-error.ts';
import { TcpStream } from '../../sockets-io/tcp-stream.ts';
import { bodyFraming, readBody, readResponseHead, type ResponseHead } from '../response.ts';
import { hostField, parseUrl, resolveLocation, type Url } from '../url.ts';

const MAX_REDIRECTS = 5;
const DEFAULT_TIMEOUT_S = 900;

const USAGE = `BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary.

Usage: wget [-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]
	[--post-data STR | --post-file FILE] [-Y on/off]
	[--no-check-certificate] [-P DIR] [-U AGENT] [-T SEC] URL...
`;

/** What ends a download: the words after `wget: `. */
class WgetFailure extends Error {}

/** busybox's wget (networking/wget.c, 1.35). Not modelled: https, ftp, -c, -o, proxies, --post-file. */
export function* busyboxWget(proc: Process): ProgramRun {
  const args = parseArguments(proc, {
    short: 'cqSO:o:P:Y:U:T:t:',
    long: { spider: '', header: ':', 'post-data': ':', 'post-file': ':', 'no-check-certificate': '' },
    usage: USAGE,
  });
  if (args === null || args.operands.length === 0) {
    if (args !== null) proc.printError(USAGE);
    return 1;
  }
  for (const option of ['c', 'o', 'post-file']) {
    if (args.has(option)) return notModelled(proc, `wget option ${option}`);
  }
  for (const text of args.operands) {
    try {
      yield* new Download(proc, args).run(text);
    } catch (error) {
      if (!(error instanceof WgetFailure)) throw error;
      proc.printError(`wget: ${error.message}\n`);
      return 1;
    }
  }
  return 0;
}

class Download {
  private readonly proc: Process;
  private readonly args: ParsedArguments;
  private readonly quiet: boolean;
  private readonly timeoutNs: number;

  constructor(proc: Process, args: ParsedArguments) {
    this.proc = proc;
    this.args = args;
    this.quiet = args.has('q');
    this.timeoutNs = Number(args.value('T') ?? DEFAULT_TIMEOUT_S) * 1e9;
  }

  *run(text: string): Run<void> {
    let url = parseUrl(text);
    if (url === null || !/^(http|ftp|https)$/.test(url.scheme)) {
      throw new WgetFailure(`not an http or ftp url: ${text}`);
    }
    const output = this.args.value('O') ?? this.defaultName(url);
    if (this.args.value('O') === undefined && this.proc.context.fileSystem.find(this.path(output)) !== null) {
      throw new WgetFailure(`can't open '${output}': File exists`);
    }
    for (let left = MAX_REDIRECTS; ; left--) {
      const next: Url | null = yield* this.fetch(url, output);
      if (next === null) return;
      if (left === 0) throw new WgetFailure('too many redirections');
      url = next;
    }
  }

  private defaultName(url: Url): string {
    const path = url.target.replace(/[?#].*/, '');
    return path.slice(path.lastIndexOf('/') + 1) || 'index.html';
  }

  private path(output: string): string {
    return absolutePath(this.proc, this.args.has('P') ? `${this.args.value('P')}/${output}` : output);
  }

  private tell(text: string): void {
    if (!this.quiet) this.proc.printError(text);
  }

  /** One request; the URL of a redirection, or null when the file is there. */
  private *fetch(url: Url, output: string): Run<Url | null> {
    if (url.scheme !== 'http') throw new WgetFailure(`not modelled: ${url.scheme}`);
    const stream = new TcpStream(this.proc, yield* this.connect(url));
    try {
      stream.deadlineNs = this.proc.nowNs + this.timeoutNs;
      yield* stream.write(this.request(url));
      const head = yield* this.readHead(stream);
      const location = head.headers.get('Location');
      if (head.status >= 300 && head.status <= 303 && location !== undefined) {
        const next = resolveLocation(url, location);
        if (next === null) throw new WgetFailure(`not an http or ftp url: ${location}`);
        return next;
      }
      if (head.status !== 200 && head.status !== 204 && head.status !== 206) {
        throw new WgetFailure(`server returned error: ${head.version} ${head.status} ${head.reason}`);
      }
      if (this.args.has('spider')) {
        this.tell('remote file exists\n');
        return null;
      }
      yield* this.save(stream, head, output);
      return null;
    } catch (error) {
      if (error instanceof SocketTimeout) throw new WgetFailure('download timed out');
      if (error instanceof SocketError) throw new WgetFailure(`error getting response: ${error.message}`);
      throw error;
    } finally {
      stream.close();
    }
  }

  private *connect(url: Url): Run<AnyTcpSocket> {
    const resolved = yield* resolveHost(this.proc, url.host);
    if (typeof resolved === 'string') throw new WgetFailure(`bad address '${url.host}'`);
    const address = resolved.ipv4[0] ?? resolved.ipv6[0]!;
    const text = formatIp(address);
    this.tell(`Connecting to ${hostField(url)} (${bracketed(text)}:${url.port})\n`);
    try {
      return yield* connectTcp(this.proc, address, url.port, {
        deadlineNs: this.proc.nowNs + this.timeoutNs,
      });
    } catch (error) {
      if (error instanceof SocketTimeout) throw new WgetFailure('download timed out');
      if (!(error instanceof SocketError)) throw error;
      throw new WgetFailure(`can't connect to remote host (${text}): ${error.message}`);
    }
  }

  private request(url: Url): string {
    const data = this.args.value('post-data');
    const lines = [
      `${data === undefined ? 'GET' : 'POST'} ${url.target} HTTP/1.1`,
      `Host: ${hostField(url)}`,
      `User-Agent: ${this.args.value('U') ?? 'Wget'}`,
      'Connection: close',
      ...this.args.values('header'),
    ];
    if (data !== undefined) {
      lines.push('Content-Type: application/x-www-form-urlencoded', `Content-Length: ${data.length}`);
    }
    return `${lines.join('\r\n')}\r\n\r\n${data ?? ''}`;
  }

  private *readHead(stream: TcpStream): Run<ResponseHead> {
    const shown = this.args.has('S');
    const head = yield* readResponseHead(stream, (line) => {
      if (shown && line !== '') this.proc.printError(`  ${line}\n`);
    });
    if (head === 'empty') throw new WgetFailure('error getting response');
    if (head === 'not http') throw new WgetFailure('bad response line');
    return head;
  }

  private *save(stream: TcpStream, head: ResponseHead, output: string): Run<void> {
    const toStdout = output === '-';
    const decoder = new TextDecoder();
    let text = '';
    let bytes = 0;
    this.tell(toStdout ? 'writing to stdout\n' : `saving to '${output}'\n`);
    const missing = yield* readBody(stream, bodyFraming(head, 'GET'), (data) => {
      stream.deadlineNs = this.proc.nowNs + this.timeoutNs;
      bytes += data.length;
      const part = decoder.decode(data, { stream: true });
      if (toStdout) this.proc.print(part);
      else text += part;
    });
    if (!toStdout && output !== '/dev/null') this.proc.context.fileSystem.writeText(this.path(output), text);
    if (missing > 0) throw new WgetFailure('connection closed prematurely');
    const size = (bytes < 100_000 ? String(bytes) : `${Math.floor(bytes / 1024)}k`).padStart(5);
    this.tell(`${output.slice(0, 20).padEnd(20)} 100% |${'*'.repeat(32)}| ${size}  0:00:00 ETA\n`);
    this.tell(toStdout ? 'written to stdout\n' : `'${output}' saved\n`);
  }
}
