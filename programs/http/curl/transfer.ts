import type { Process } from '../../../core/host/process.ts';
import { formatIp } from '../../../protocols/ip-address.ts';
import type { Run } from '../../line-input.ts';
import { SocketError, SocketTimeout } from '../../sockets-io/socket-error.ts';
import type { TcpStream } from '../../sockets-io/tcp-stream.ts';
import { bodyFraming, readBody, readResponseHead, type BodyFraming, type ResponseHead } from '../response.ts';
import { formatUrl, removeDots, resolveLocation, type Url } from '../url.ts';
import { connectionKey, elapsedMs, openConnection, type CurlConnection } from './connection.ts';
import { CURLE, CurlError } from './curl-error.ts';
import { requestHead } from './request-text.ts';
import type { CurlSettings } from './settings.ts';

/** Where a transfer puts what it gets, and what it says (-v, each line with its mark). */
export interface TransferSink {
  header(text: string): void;
  body(data: Uint8Array): void;
  say(line: string): void;
  /** True when the body goes to a file: -v then tells its sizes. */
  readonly toFile: boolean;
}

/** What --write-out and the progress meter tell of a transfer. */
export interface TransferResult {
  url: string;
  method: string;
  head: ResponseHead | null;
  sizeDownload: number;
  sizeHeader: number;
  sizeRequest: number;
  sizeUpload: number;
  /** -1 when the server did not say. */
  expectedBytes: number;
  connects: number;
  redirects: number;
  redirectUrl: string;
  localAddress: string;
  localPort: number;
  remoteAddress: string;
  remotePort: number;
  startNs: number;
  lookupNs: number;
  connectedNs: number;
  sentNs: number;
  firstByteNs: number;
  endNs: number;
}

/** The transfer of one URL, with the redirections that -L follows. Connections stay open between them. */
export class Transfer {
  readonly result: TransferResult;
  private readonly proc: Process;
  private readonly settings: CurlSettings;
  private readonly sink: TransferSink;
  private readonly deadlineNs: number;
  /** Connections of this run of curl, shared by its transfers. */
  private readonly pool: { connection: CurlConnection | null; opened: number };
  private method: string;
  private body: string | null;

  constructor(
    proc: Process,
    settings: CurlSettings,
    sink: TransferSink,
    pool: { connection: CurlConnection | null; opened: number },
  ) {
    this.proc = proc;
    this.settings = settings;
    this.sink = sink;
    this.pool = pool;
    this.deadlineNs = proc.nowNs + settings.maxTimeNs;
    this.body = settings.appendData ? null : settings.data;
    this.method = settings.method ?? (settings.head ? 'HEAD' : this.body === null ? 'GET' : 'POST');
    this.result = emptyResult(proc.nowNs);
  }

  /** Throws `CurlError`. */
  *run(start: Url): Run<void> {
    let url: Url | null = this.settings.pathAsIs ? start : { ...start, target: removeDots(start.target) };
    try {
      while (url !== null) url = yield* this.requestOnce(url);
    } catch (error) {
      this.closeConnection();
      throw error;
    } finally {
      this.result.endNs = this.proc.nowNs;
    }
  }

  /** One request and its response; the URL to go on with, or null. */
  private *requestOnce(url: Url): Run<Url | null> {
    this.result.url = formatUrl(url);
    this.result.method = this.method;
    const stream = yield* this.connection(url);
    stream.deadlineNs = this.deadlineNs;
    yield* this.sendRequest(stream, url);
    const head = yield* this.readHead(stream);
    const next = this.nextUrl(url, head);
    const framing = bodyFraming(head, this.method);
    this.checkStatus(head);
    const keep = this.keepsOpen(head, framing);
    yield* this.readBody(stream, framing, next !== null);
    if (keep) this.sink.say(`* Connection #${this.pool.connection!.number} to host ${url.host} left intact`);
    else this.closeConnection();
    if (next === null) return null;
    this.result.redirects++;
    this.afterRedirect(head.status);
    this.sink.say(`* Issue another request to this URL: '${formatUrl(next)}'`);
    return next;
  }

  private *connection(url: Url): Run<TcpStream> {
    const { pool, sink, result, proc } = this;
    const open = pool.connection;
    if (open !== null && open.key === connectionKey(url) && !open.stream.socket.endOfStream) {
      sink.say(`* Re-using existing connection #${open.number} with host ${url.host}`);
      return open.stream;
    }
    if (open !== null) open.stream.close();
    pool.connection = null;
    const number = pool.opened++;
    const stream = yield* openConnection(proc, url, this.settings, {
      startNs: result.startNs,
      deadlineNs: this.deadlineNs,
      say: (text) => sink.say(`* ${text}`),
    });
    pool.connection = { stream, number, key: connectionKey(url) };
    const { socket } = stream;
    result.connects++;
    result.connectedNs = proc.nowNs;
    result.localAddress = formatIp(socket.localAddress);
    result.localPort = socket.localPort;
    result.remoteAddress = formatIp(socket.remoteAddress);
    result.remotePort = socket.remotePort;
    sink.say(`* Connected to ${url.host} (${result.remoteAddress}) port ${url.port} (#${number})`);
    return stream;
  }

  private *sendRequest(stream: TcpStream, url: Url): Run<void> {
    const { settings, sink, result } = this;
    if (settings.user !== null && url.user === null) {
      sink.say(`* Server auth using Basic with user '${settings.user.split(':')[0]}'`);
    }
    const head = requestHead(url, this.method, settings, this.body);
    for (const line of head.split('\r\n').slice(0, -1)) sink.say(`> ${line}`);
    const text = head + (this.body ?? '');
    try {
      yield* stream.write(text);
    } catch (error) {
      throw this.translate(error, CURLE.SEND_ERROR, 'Send');
    }
    result.sizeRequest += head.length;
    result.sizeUpload += this.body?.length ?? 0;
    result.sentNs = this.proc.nowNs;
    if (this.body !== null && sink.toFile) sink.say(`} [${this.body.length} bytes data]`);
  }

  private *readHead(stream: TcpStream): Run<ResponseHead> {
    const { sink, result, settings } = this;
    let head: ResponseHead | 'empty' | 'not http';
    try {
      head = yield* readResponseHead(stream, (line) => {
        if (line.startsWith('HTTP/1.0')) sink.say('* HTTP 1.0, assume close after body');
        sink.say(`< ${line}`);
      });
    } catch (error) {
      throw this.translate(error, CURLE.RECV_ERROR, 'Recv');
    }
    if (head === 'empty') {
      sink.say('* Empty reply from server');
      throw new CurlError(CURLE.GOT_NOTHING, 'Empty reply from server');
    }
    if (head === 'not http')
      throw new CurlError(CURLE.UNSUPPORTED_PROTOCOL, 'Received HTTP/0.9 when not allowed');
    result.head = head;
    result.sizeHeader += head.text.length;
    result.firstByteNs = this.proc.nowNs;
    if (settings.include || settings.head || settings.dumpHeader !== null) sink.header(head.text);
    return head;
  }

  /** -f: a status of 400 and more ends the transfer. */
  private checkStatus(head: ResponseHead): void {
    if (!this.settings.fail || this.settings.failWithBody || head.status < 400) return;
    throw new CurlError(
      CURLE.HTTP_RETURNED_ERROR,
      `The requested URL returned error: ${head.status}${head.version === 'HTTP/1.0' ? ` ${head.reason}` : ''}`,
    );
  }

  private nextUrl(url: Url, head: ResponseHead): Url | null {
    const location = head.headers.get('Location');
    if (head.status < 300 || head.status > 399 || location === undefined) return null;
    const next = resolveLocation(url, location);
    this.result.redirectUrl = next === null ? '' : formatUrl(next);
    if (!this.settings.followLocation || next === null) return null;
    if (this.result.redirects >= this.settings.maxRedirects) {
      throw new CurlError(
        CURLE.TOO_MANY_REDIRECTS,
        `Maximum (${this.settings.maxRedirects}) redirects followed`,
      );
    }
    return next;
  }

  /** POST becomes GET after 301, 302 and 303 unless -X says otherwise (RFC 9110 section 15.4). */
  private afterRedirect(status: number): void {
    if (this.settings.method !== null || this.body === null || status > 303) return;
    this.method = 'GET';
    this.body = null;
  }

  private keepsOpen(head: ResponseHead, framing: BodyFraming): boolean {
    if (framing.kind === 'close') {
      if (head.version !== 'HTTP/1.0' && !head.headers.connectionHas('close')) {
        this.sink.say('* no chunk, no close, no size. Assume close to signal end');
      }
      return false;
    }
    if (head.headers.connectionHas('close')) return false;
    return head.version === 'HTTP/1.1' || head.headers.connectionHas('keep-alive');
  }

  private *readBody(stream: TcpStream, framing: BodyFraming, ignored: boolean): Run<void> {
    const { sink, result } = this;
    if (ignored) sink.say('* Ignoring the response-body');
    if (!ignored) result.expectedBytes = framing.kind === 'length' ? framing.bytes : -1;
    let missing: number;
    try {
      missing = yield* readBody(stream, framing, (data) => {
        if (sink.toFile) sink.say(`{ [${data.length} bytes data]`);
        if (ignored) return;
        result.sizeDownload += data.length;
        sink.body(data);
      });
    } catch (error) {
      throw this.translate(error, CURLE.RECV_ERROR, 'Recv');
    }
    if (missing === 0) return;
    throw new CurlError(
      CURLE.PARTIAL_FILE,
      framing.kind === 'chunked'
        ? 'transfer closed with outstanding read data remaining'
        : `transfer closed with ${missing} bytes remaining to read`,
    );
  }

  private translate(error: unknown, code: number, direction: 'Send' | 'Recv'): unknown {
    if (error instanceof SocketError) return new CurlError(code, `${direction} failure: ${error.message}`);
    if (!(error instanceof SocketTimeout)) return error;
    const { expectedBytes, sizeDownload } = this.result;
    const outOf = expectedBytes >= 0 && this.result.head !== null ? ` out of ${expectedBytes}` : '';
    return new CurlError(
      CURLE.OPERATION_TIMEDOUT,
      `Operation timed out after ${elapsedMs(this.proc, this.result.startNs)} milliseconds with ` +
        `${sizeDownload}${outOf} bytes received`,
    );
  }

  private closeConnection(): void {
    const { connection, opened } = this.pool;
    this.sink.say(`* Closing connection ${connection?.number ?? Math.max(0, opened - 1)}`);
    connection?.stream.close();
    this.pool.connection = null;
  }
}

function emptyResult(nowNs: number): TransferResult {
  return {
    url: '',
    method: '',
    head: null,
    sizeDownload: 0,
    sizeHeader: 0,
    sizeRequest: 0,
    sizeUpload: 0,
    expectedBytes: -1,
    connects: 0,
    redirects: 0,
    redirectUrl: '',
    localAddress: '',
    localPort: 0,
    remoteAddress: '',
    remotePort: 0,
    startNs: nowNs,
    lookupNs: nowNs,
    connectedNs: nowNs,
    sentNs: nowNs,
    firstByteNs: nowNs,
    endNs: nowNs,
  };
}
