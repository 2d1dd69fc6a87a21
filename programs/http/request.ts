import type { Run } from '../line-input.ts';
import { SocketError, SocketTimeout } from '../sockets-io/socket-error.ts';
import type { TcpStream } from '../sockets-io/tcp-stream.ts';
import { readHeaders, type HeaderList } from './header-list.ts';

/** A request as a server reads it. */
export interface HttpRequest {
  /** The first line as it came. */
  line: string;
  method: string;
  /** As it came, with the query. */
  target: string;
  /** Without the query, %xx decoded. */
  path: string;
  query: string;
  /** `HTTP/1.1`. */
  version: string;
  headers: HeaderList;
  body: Uint8Array;
}

/** What a server does with a connection that gave no proper request. */
export type RequestFailure = 'closed' | 'timeout' | 'bad request';

/** Reads one request with its body. */
export function* readRequest(stream: TcpStream): Run<HttpRequest | RequestFailure> {
  try {
    const line = yield* stream.readLine();
    if (line === null) return 'closed';
    const match = /^([A-Za-z]+) (\S+) (HTTP\/\d\.\d)$/.exec(line);
    if (match === null) return 'bad request';
    const headers = yield* readHeaders(stream);
    if (headers === null) return 'closed';
    const [, method, target, version] = match as unknown as [string, string, string, string];
    const length = headers.contentLength ?? 0;
    const body = length > 0 ? yield* stream.readExactly(length) : new Uint8Array(0);
    const question = target.indexOf('?');
    const path = decodePath(question < 0 ? target : target.slice(0, question));
    if (path === null) return 'bad request';
    const query = question < 0 ? '' : target.slice(question + 1);
    return { line, method, target, path, query, version, headers, body };
  } catch (error) {
    if (error instanceof SocketError) return 'closed';
    if (error instanceof SocketTimeout) return 'timeout';
    throw error;
  }
}

function decodePath(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}
