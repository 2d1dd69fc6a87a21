import { hex } from './address-text.ts';
import type { Dissector } from './dissector.ts';

const EOL = 0;
const NOP = 1;

/** Prints the options of a TCP header: `length` bytes from `from`. SACK blocks are counted from `sackBase`. */
export function printTcpOptions(d: Dissector, from: number, length: number, sackBase: number): void {
  const end = from + length;
  let at = from;
  d.add(', options [');
  let separator = '';
  while (at < end) {
    d.add(separator);
    separator = ',';
    const kind = d.u8(at);
    const single = kind === EOL || kind === NOP;
    const optionLength = single ? 1 : d.u8(at + 1);
    if (!single && (optionLength < 2 || at + optionLength > end)) return d.add('[bad opt]]');
    d.require(at, optionLength);
    d.add(optionText(d, kind, at, optionLength, sackBase));
    at += optionLength;
    if (kind === EOL) break;
  }
  d.add(']');
}

function optionText(d: Dissector, kind: number, at: number, length: number, sackBase: number): string {
  const expected = EXPECTED_LENGTHS.get(kind);
  const wrong = expected !== undefined && expected !== length ? `[len ${length}]` : '';
  if (wrong !== '') return `${NAMES.get(kind)!}${wrong}`;
  switch (kind) {
    case EOL:
      return 'eol';
    case NOP:
      return 'nop';
    case 2:
      return `mss ${d.u16(at + 2)}`;
    case 3:
      return `wscale ${d.u8(at + 2)}`;
    case 4:
      return 'sackOK';
    case 5:
      return sackText(d, at, length, sackBase);
    case 8:
      return `TS val ${d.u32(at + 2)} ecr ${d.u32(at + 6)}`;
    case 19:
      return `md5 ${bytesText(d, at + 2, length - 2)}`;
    case 34:
      return length === 2 ? 'tfo  cookiereq' : `tfo  cookie ${bytesText(d, at + 2, length - 2)}`;
    default:
      return length === 2 ? `unknown-${kind}` : `unknown-${kind} 0x${bytesText(d, at + 2, length - 2)}`;
  }
}

const NAMES: ReadonlyMap<number, string> = new Map([
  [2, 'mss'],
  [3, 'wscale'],
  [4, 'sackOK'],
  [8, 'TS'],
]);
const EXPECTED_LENGTHS: ReadonlyMap<number, number> = new Map([
  [2, 4],
  [3, 3],
  [4, 2],
  [8, 10],
]);

function sackText(d: Dissector, at: number, length: number, sackBase: number): string {
  if ((length - 2) % 8 !== 0) return 'sack malformed sack ';
  let text = `sack ${(length - 2) / 8} `;
  for (let i = at + 2; i < at + length; i += 8) {
    text += `{${(d.u32(i) - sackBase) >>> 0}:${(d.u32(i + 4) - sackBase) >>> 0}}`;
  }
  return text;
}

function bytesText(d: Dissector, at: number, length: number): string {
  let text = '';
  for (let i = 0; i < length; i++) text += hex(d.u8(at + i), 2);
  return text;
}
