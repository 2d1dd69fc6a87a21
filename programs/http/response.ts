import type { Run } from '../line-input.ts';
import type { TcpStream } from '../sockets-io/tcp-stream.ts';
import { readHeaders, type HeaderList } from './header-list.ts';

/** The head of a response. */
export interface ResponseHead {
  version: string;
  status: number;
  reason: string;
  /** Its lines as they came, with CRLF and the empty one. */
  text: string;
  headers: HeaderList;
}

/** Why no head could be read: the stream ended before its first byte, or is no HTTP. */
export type HeadFailure = 'empty' | 'not http';

/** Reads the head of a response; interim ones (1xx) are passed over. `onLine` sees each line as it came. */
export function* readResponseHead(
  stream: TcpStream,
  onLine: (line: string) => void,
): Run<ResponseHead | HeadFailure> {
  for (;;) {
    const line = yield* stream.readLine();
    if (line === null) return stream.hasData ? 'not http' : 'empty';
    const match = /^(HTTP\/\d\.\d) (\d{3})(?: (.*))?$/.exec(line);
    if (match === null) return 'not http';
    let text = `${line}\r\n`;
    onLine(line);
    const headers = yield* readHeaders(stream, (headerLine) => {
      text += `${headerLine}\r\n`;
      onLine(headerLine);
    });
    if (headers === null) return 'empty';
    const status = Number(match[2]);
    if (status >= 200) return { version: match[1]!, status, reason: match[3] ?? '', text, headers };
  }
}

/** How the end of a body shows (RFC 9112 section 6.3). */
export type BodyFraming = { kind: 'none' | 'chunked' | 'close' } | { kind: 'length'; bytes: number };

export function bodyFraming(head: ResponseHead, method: string): BodyFraming {
  if (method === 'HEAD' || head.status === 204 || head.status === 304) return { kind: 'none' };
  if (head.headers.isChunked) return { kind: 'chunked' };
  const bytes = head.headers.contentLength;
  return bytes === null ? { kind: 'close' } : { kind: 'length', bytes };
}

/** Reads a body, handing out its bytes as they come. Returns how many bytes were missing at the end, 0 for none. */
export function* readBody(
  stream: TcpStream,
  framing: BodyFraming,
  onData: (data: Uint8Array) => void,
): Run<number> {
  switch (framing.kind) {
    case 'none':
      return 0;
    case 'length':
      return yield* readLength(stream, framing.bytes, onData);
    case 'close':
      for (;;) {
        const data = yield* stream.read();
        if (data.length === 0) return 0;
        onData(data);
      }
    case 'chunked':
      return yield* readChunks(stream, onData);
  }
}

function* readLength(stream: TcpStream, bytes: number, onData: (data: Uint8Array) => void): Run<number> {
  for (let left = bytes; left > 0;) {
    const data = yield* stream.read(left);
    if (data.length === 0) return left;
    onData(data);
    left -= data.length;
  }
  return 0;
}

/** RFC 9112 section 7.1. Trailers are read and dropped. */
function* readChunks(stream: TcpStream, onData: (data: Uint8Array) => void): Run<number> {
  for (;;) {
    const line = yield* stream.readLine();
    const size = line === null ? NaN : parseInt(line, 16);
    if (Number.isNaN(size)) return 1;
    if (size === 0) {
      yield* readHeaders(stream);
      return 0;
    }
    const missing = yield* readLength(stream, size, onData);
    if (missing > 0) return missing;
    yield* stream.readLine();
  }
}
