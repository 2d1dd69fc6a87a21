import { hex } from './address-text.ts';

const BYTES_PER_LINE = 16;
const HEX_COLUMNS = 40;

function isGraphic(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f;
}

/** Lines of hexadecimal and characters, as tcpdump -X. */
export function hexAndAscii(buf: Uint8Array, at: number, length: number): string {
  let text = '';
  for (let line = 0; line < length; line += BYTES_PER_LINE) {
    const end = Math.min(line + BYTES_PER_LINE, length);
    let ascii = '';
    for (let i = line; i < end; i++)
      ascii += isGraphic(buf[at + i]!) ? String.fromCharCode(buf[at + i]!) : '.';
    text += `\n\t0x${hex(line, 4)}: ${hexGroups(buf, at + line, at + end).padEnd(HEX_COLUMNS)}  ${ascii}`;
  }
  return text;
}

/** Lines of hexadecimal, as tcpdump -x. */
export function hexOnly(buf: Uint8Array, at: number, length: number): string {
  let text = '';
  for (let line = 0; line < length; line += BYTES_PER_LINE) {
    const end = Math.min(line + BYTES_PER_LINE, length);
    text += `\n\t0x${hex(line, 4)}: ${hexGroups(buf, at + line, at + end)}`;
  }
  return text;
}

function hexGroups(buf: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i++) text += ((i - from) % 2 === 0 ? ' ' : '') + hex(buf[i]!, 2);
  return text;
}

/** The characters of a packet, as tcpdump -A. */
export function asciiOnly(buf: Uint8Array, at: number, length: number): string {
  let text = '\n';
  for (let i = 0; i < length; i++) {
    const byte = buf[at + i]!;
    if (byte === 0x0d) {
      // Left out before a line feed, and as the last or last but one byte.
      if (i + 2 < length && buf[at + i + 1] !== 0x0a) text += '.';
      continue;
    }
    const kept = isGraphic(byte) || byte === 0x09 || byte === 0x20 || byte === 0x0a;
    text += kept ? String.fromCharCode(byte) : '.';
  }
  return text;
}
