import type { Dissector } from './dissector.ts';

const METHODS = [
  ...[
    'GET',
    'PUT',
    'COPY',
    'HEAD',
    'LOCK',
    'MOVE',
    'POLL',
    'POST',
    'BCOPY',
    'BMOVE',
    'MKCOL',
    'TRACE',
    'LABEL',
  ],
  ...['MERGE', 'DELETE', 'SEARCH', 'UNLOCK', 'REPORT', 'UPDATE', 'NOTIFY', 'BDELETE', 'CONNECT', 'OPTIONS'],
  ...['CHECKIN', 'PROPFIND', 'CHECKOUT', 'CCM_POST', 'SUBSCRIBE', 'PROPPATCH', 'BPROPFIND', 'BPROPPATCH'],
  ...['UNCHECKOUT', 'MKACTIVITY', 'MKWORKSPACE', 'UNSUBSCRIBE', 'RPC_CONNECT', 'VERSION-CONTROL'],
  'BASELINE-CONTROL',
];
const MAXIMUM_TOKEN = 127;

/** Prints the first line of an HTTP request or response, or in verbose mode all lines of text. */
export function printHttp(d: Dissector, at: number, length: number): void {
  d.protocol = 'http';
  d.add('HTTP');
  const end = at + length;
  if (!startsMessage(d, at, end)) return;
  if (d.options.verbose === 0) {
    printLine(d, ': ', at, end);
    return;
  }
  d.add(`, length: ${length}`);
  let line: number | null = at;
  while (line !== null && line < end) line = printLine(d, '\n\t', line, end);
}

function startsMessage(d: Dissector, at: number, end: number): boolean {
  const first = readToken(d, at, end);
  if (first === null) return false;
  if (METHODS.includes(first.text.toUpperCase())) return true;
  const second = readToken(d, first.next, end);
  return second !== null && /^\d{3}$/.test(second.text);
}

/** Reads characters up to white space, and the white space after them. */
function readToken(d: Dissector, from: number, end: number): { text: string; next: number } | null {
  const stop = Math.min(end, d.end);
  let at = from;
  let text = '';
  while (at < stop && text.length < MAXIMUM_TOKEN) {
    const byte = d.u8(at);
    if (byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === 0x0a) break;
    if (byte < 0x20 || byte > 0x7e) return null;
    text += String.fromCharCode(byte);
    at++;
  }
  if (text === '') return null;
  while (at < stop && [0x20, 0x09, 0x0d, 0x0a].includes(d.u8(at))) at++;
  return { text, next: at };
}

/** Prints one line and returns where the next starts, or null when no further line of text is there. */
function printLine(d: Dissector, prefix: string, from: number, end: number): number | null {
  const stop = Math.min(end, d.end);
  let text = '';
  for (let at = from; at < stop; at++) {
    const byte = d.u8(at);
    if (byte === 0x0a) {
      d.add(prefix + text);
      return at + 1;
    }
    if (byte === 0x0d) {
      if (at + 1 >= stop || d.u8(at + 1) !== 0x0a) return null;
      d.add(prefix + text);
      return at + 2;
    }
    if (byte !== 0x09 && (byte < 0x20 || byte > 0x7e)) return null;
    text += String.fromCharCode(byte);
  }
  d.add(prefix + text);
  d.addTruncation();
  return null;
}
