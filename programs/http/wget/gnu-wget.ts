import type { Process } from '../../../core/host/process.ts';
import type { ProgramRun } from '../../../core/host/program.ts';
import type { AnyTcpSocket } from '../../sockets-io/any-tcp-socket.ts';
import { formatIp, isIpText } from '../../../protocols/ip-address.ts';
import { parseArguments, type ParsedArguments } from '../../arguments.ts';
import { absolutePath } from '../../files.ts';
import type { Run } from '../../line-input.ts';
import { notModelled } from '../../not-modelled.ts';
import { inOrder } from '../../resolver/address-order.ts';
import { resolveHost } from '../../resolver/resolve.ts';
import { connectTcp } from '../../sockets-io/connect-tcp.ts';
import { SocketError, SocketTimeout } from '../../sockets-io/socket-error.ts';
import { TcpStream } from '../../sockets-io/tcp-stream.ts';
import { formatDate } from '../../text/calendar.ts';
import { bodyFraming, readBody, readResponseHead, type ResponseHead } from '../response.ts';
import { formatUrl, hostField, parseUrl, resolveLocation, type Url } from '../url.ts';

const USAGE = "Usage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.\n";
const DEFAULT_TRIES = 20;
const DEFAULT_TIMEOUT_S = 900;
const MAX_REDIRECTS = 20;
/** Exit codes of wget(1). */
const NETWORK_FAILURE = 4;
const SERVER_ERROR = 8;

/** A try that failed: another may help when `again`. */
class TryFailure extends Error {
  readonly again: boolean;
  readonly code: number;

  constructor(message: string, again: boolean, code = NETWORK_FAILURE) {
    super(message);
    this.again = again;
    this.code = code;
  }
}

/**
 * GNU wget 1.21.3. The progress bar is its last line only, as when not on a terminal.
 * Not modelled: https, ftp, recursion, -c, -i, log files, cookies, proxies.
 */
export function* gnuWget(proc: Process): ProgramRun {
  const args = parseArguments(proc, {
    short: 'qO:SP:T:t:U:v46n:',
    long: {
      quiet: 'q',
      'output-document': 'O',
      'server-response': 'S',
      'directory-prefix': 'P',
      timeout: 'T',
      tries: 't',
      'user-agent': 'U',
      spider: '',
      header: ':',
      'post-data': ':',
      'no-check-certificate': '',
      'no-verbose': '',
      'connect-timeout': ':',
      'read-timeout': ':',
      verbose: 'v',
    },
    usage: USAGE,
  });
  if (args === null) return 2;
  if (args.operands.length === 0) {
    proc.printError(`wget: missing URL\n${USAGE}`);
    return 1;
  }
  if (args.has('n') && args.value('n') !== 'v') return notModelled(proc, `wget -n${args.value('n')}`, 2);
  let exitCode = 0;
  for (const text of args.operands) {
    const url = parseUrl(text);
    if (url === null || url.scheme !== 'http') {
      proc.printError(`wget: not modelled: ${text}: only http URLs are\n`);
      exitCode = 1;
      continue;
    }
    const code = yield* new Download(proc, args, url).run();
    if (code !== 0) exitCode = code;
  }
  return exitCode;
}

class Download {
  private readonly proc: Process;
  private readonly args: ParsedArguments;
  private readonly brief: boolean;
  private readonly quiet: boolean;
  private readonly tries: number;
  private readonly timeoutNs: number;
  private readonly start: Url;

  constructor(proc: Process, args: ParsedArguments, url: Url) {
    this.proc = proc;
    this.args = args;
    this.quiet = args.has('q');
    this.brief = this.quiet || args.has('no-verbose') || args.value('n') === 'v';
    this.tries = Number(args.value('t') ?? DEFAULT_TRIES) || Infinity;
    const timeout = args.value('T') ?? args.value('read-timeout') ?? args.value('connect-timeout');
    this.timeoutNs = Number(timeout ?? DEFAULT_TIMEOUT_S) * 1e9;
    this.start = url;
  }

  *run(): Run<number> {
    let url = this.start;
    let redirects = 0;
    if (this.args.has('spider')) this.tell('Spider mode enabled. Check if remote file exists.\n');
    for (let attempt = 1; ;) {
      try {
        const next = yield* this.fetch(url, attempt);
        if (next === null) return 0;
        if (++redirects > MAX_REDIRECTS) {
          this.tell(`${MAX_REDIRECTS} redirections exceeded.\n`);
          return SERVER_ERROR;
        }
        url = next;
      } catch (error) {
        if (!(error instanceof TryFailure)) throw error;
        const again = error.again && attempt < this.tries;
        this.tell(`${error.message}\n`);
        if (error.again) this.tell(again ? 'Retrying.\n\n' : 'Giving up.\n\n');
        if (!again) return error.code;
        // wait_between_retries: one second more each time, ten at most.
        yield* this.proc.sleep(Math.min(attempt, 10) * 1e9);
        attempt++;
      }
    }
  }

  private tell(text: string): void {
    if (!this.brief) this.proc.printError(text);
  }

  private now(): string {
    return formatDate('%Y-%m-%d %H:%M:%S', this.proc.nowNs);
  }

  private *fetch(url: Url, attempt: number): Run<Url | null> {
    const again = attempt > 1 ? `(try:${String(attempt).padStart(2)})  ` : '';
    this.tell(`--${this.now()}--  ${again}${formatUrl(url)}\n`);
    const stream = new TcpStream(this.proc, yield* this.connect(url));
    try {
      stream.deadlineNs = this.proc.nowNs + this.timeoutNs;
      yield* stream.write(this.request(url));
      this.tell('HTTP request sent, awaiting response... ');
      const head = yield* this.readHead(stream);
      return yield* this.takeResponse(stream, url, head);
    } catch (error) {
      if (error instanceof SocketTimeout)
        throw new TryFailure('Read error (Connection timed out) in headers.', true);
      if (error instanceof SocketError)
        throw new TryFailure(`Read error (${error.message}) in headers.`, true);
      throw error;
    } finally {
      stream.close();
    }
  }

  private *connect(url: Url): Run<AnyTcpSocket> {
    const isLiteral = isIpText(url.host);
    if (!isLiteral) this.tell(`Resolving ${url.host} (${url.host})... `);
    const resolved = yield* resolveHost(this.proc, url.host, this.args.has('4') ? 'inet' : 'unspec');
    if (typeof resolved === 'string') {
      this.tell(`failed: ${resolved}.\n`);
      throw new TryFailure(`wget: unable to resolve host address ‘${url.host}’`, false);
    }
    const addresses = inOrder(this.proc.netns, resolved);
    if (!isLiteral) this.tell(`${addresses.map(formatIp).join(', ')}\n`);
    let failure = '';
    for (const address of addresses) {
      const where = isLiteral ? formatIp(address) : `${url.host} (${url.host})|${formatIp(address)}|`;
      this.tell(`Connecting to ${where}:${url.port}... `);
      try {
        const deadlineNs = this.proc.nowNs + this.timeoutNs;
        const socket = yield* connectTcp(this.proc, address, url.port, { deadlineNs });
        this.tell('connected.\n');
        return socket;
      } catch (error) {
        if (error instanceof SocketTimeout) failure = 'failed: Connection timed out.';
        else if (error instanceof SocketError) failure = `failed: ${error.message}.`;
        else throw error;
        if (address !== addresses.at(-1)) this.tell(`${failure}\n`);
      }
    }
    // A refused connection is final; others are tried again.
    const refused = failure === 'failed: Connection refused.';
    throw new TryFailure(failure, !refused);
  }

  private request(url: Url): string {
    const data = this.args.value('post-data');
    const method = this.args.has('spider') ? 'HEAD' : data === undefined ? 'GET' : 'POST';
    const lines = [
      `${method} ${url.target} HTTP/1.1`,
      `Host: ${hostField(url)}`,
      `User-Agent: ${this.args.value('U') ?? 'Wget/1.21.3'}`,
      'Accept: */*',
      'Accept-Encoding: identity',
      'Connection: Keep-Alive',
    ];
    if (data !== undefined) {
      lines.push('Content-Type: application/x-www-form-urlencoded', `Content-Length: ${data.length}`);
    }
    lines.push(...this.args.values('header'));
    return `${lines.join('\r\n')}\r\n\r\n${data ?? ''}`;
  }

  private *readHead(stream: TcpStream): Run<ResponseHead> {
    let shown = '';
    const head = yield* readResponseHead(stream, (line) => {
      if (line !== '') shown += `  ${line}\n`;
    });
    if (typeof head === 'string') throw new TryFailure('No data received.', true);
    if (this.args.has('S')) this.proc.printError(`${this.brief ? '' : '\n'}${shown}`);
    else this.tell(`${head.status} ${head.reason}\n`);
    return head;
  }

  private *takeResponse(stream: TcpStream, url: Url, head: ResponseHead): Run<Url | null> {
    const location = head.headers.get('Location');
    const next = location === undefined ? null : resolveLocation(url, location);
    if (head.status >= 300 && head.status <= 308 && next !== null) {
      this.tell(`Location: ${location} [following]\n`);
      return next;
    }
    if (head.status >= 400) {
      if (!this.quiet && this.brief) this.proc.printError(`${formatUrl(url)}:\n`);
      const message = `${this.now()} ERROR ${head.status}: ${head.reason}.\n`;
      if (!this.quiet && this.brief) this.proc.printError(message);
      throw new TryFailure(message, false, SERVER_ERROR);
    }
    this.tellLength(head);
    if (this.args.has('spider')) {
      this.tell(
        'Remote file exists and could contain further links,\nbut recursion is disabled -- not retrieving.\n\n',
      );
      return null;
    }
    yield* this.save(stream, url, head);
    return null;
  }

  private tellLength(head: ResponseHead): void {
    const type = head.headers.get('Content-Type')?.replace(/\s*;.*/, '');
    const suffix = type === undefined ? '' : ` [${type}]`;
    this.tell(`Length: ${head.headers.contentLength ?? 'unspecified'}${suffix}\n`);
  }

  private *save(stream: TcpStream, url: Url, head: ResponseHead): Run<void> {
    const output = this.outputName();
    const toStdout = output === '-';
    const shown = toStdout ? 'STDOUT' : output;
    const decoder = new TextDecoder();
    const startNs = this.proc.nowNs;
    let text = '';
    let bytes = 0;
    this.tell(`Saving to: ‘${shown}’\n\n`);
    const missing = yield* readBody(stream, bodyFraming(head, 'GET'), (data) => {
      bytes += data.length;
      stream.deadlineNs = this.proc.nowNs + this.timeoutNs;
      const part = decoder.decode(data, { stream: true });
      if (toStdout) this.proc.print(part);
      else text += part;
    });
    if (!toStdout && output !== '/dev/null') {
      this.proc.context.fileSystem.writeText(absolutePath(this.proc, output), text);
    }
    const total = head.headers.contentLength;
    const rate = rateText(bytes, this.proc.nowNs - startNs);
    const percent = total === null ? '' : `${Math.floor((bytes * 100) / Math.max(total, 1))}%`;
    this.tell(`     0K ${' '.repeat(50)} ${percent.padStart(4)} ${rate.compact}=${rate.seconds}s\n\n`);
    if (missing > 0)
      throw new TryFailure(`${this.now()} (${rate.text}) - Connection closed at byte ${bytes}.`, true);
    const size = total === null ? `[${bytes}]` : `[${bytes}/${total}]`;
    this.tell(
      toStdout
        ? `${this.now()} (${rate.text}) - written to stdout ${size}\n\n`
        : `${this.now()} (${rate.text}) - ‘${shown}’ saved ${size}\n\n`,
    );
    if (this.brief && !this.quiet) {
      this.proc.printError(`${this.now()} URL:${formatUrl(url)} ${size} -> "${output}" [1]\n`);
    }
  }

  /** -O, or the last part of the path, with a number when there is such a file. */
  private outputName(): string {
    const given = this.args.value('O');
    if (given !== undefined) return given;
    const path = this.start.target.replace(/[?#].*/, '');
    const prefix = this.args.has('P') ? `${this.args.value('P')}/` : '';
    const name = prefix + (path.slice(path.lastIndexOf('/') + 1) || 'index.html');
    const exists = (candidate: string) =>
      this.proc.context.fileSystem.find(absolutePath(this.proc, candidate)) !== null;
    if (!exists(name)) return name;
    let number = 1;
    while (exists(`${name}.${number}`)) number++;
    return `${name}.${number}`;
  }
}

function rateText(bytes: number, elapsedNs: number): { text: string; compact: string; seconds: string } {
  const rate = bytes / Math.max(elapsedNs / 1e9, 1e-6);
  const units = ['B', 'KB', 'MB', 'GB'];
  let value = rate;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  const number = value.toFixed(digits);
  const seconds = elapsedNs / 1e9;
  return {
    text: `${number} ${units[unit]}/s`,
    compact: `${number}${units[unit]![0]}`.padStart(5),
    seconds: seconds < 0.001 ? '0' : seconds < 10 ? seconds.toPrecision(1) : String(Math.round(seconds)),
  };
}
