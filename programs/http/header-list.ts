import type { Run } from '../line-input.ts';
import type { TcpStream } from '../sockets-io/tcp-stream.ts';

/** The header fields of a message, in order; names are compared without regard to case (RFC 9110 section 5.1). */
export class HeaderList {
  readonly fields: { name: string; value: string }[] = [];

  get(name: string): string | undefined {
    const wanted = name.toLowerCase();
    return this.fields.find((field) => field.name.toLowerCase() === wanted)?.value;
  }

  add(name: string, value: string): void {
    this.fields.push({ name, value });
  }

  /** Content-Length, or null when there is none or it is no number. */
  get contentLength(): number | null {
    const text = this.get('Content-Length');
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
  }

  get isChunked(): boolean {
    return /\bchunked\s*$/i.test(this.get('Transfer-Encoding') ?? '');
  }

  /** True when Connection names this token. */
  connectionHas(token: string): boolean {
    const tokens = (this.get('Connection') ?? '').toLowerCase().split(/\s*,\s*/);
    return tokens.includes(token);
  }
}

/** Reads header lines up to the empty one; null when the stream ends before. `onLine` sees each as it came. */
export function* readHeaders(
  stream: TcpStream,
  onLine: (line: string) => void = () => {},
): Run<HeaderList | null> {
  const headers = new HeaderList();
  for (;;) {
    const line = yield* stream.readLine();
    if (line === null) return null;
    onLine(line);
    if (line === '') return headers;
    const colon = line.indexOf(':');
    if (colon > 0) headers.add(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
  }
}
