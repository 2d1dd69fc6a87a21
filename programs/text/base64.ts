import type { Program } from '../../core/host/program.ts';
import { parseArguments } from '../arguments.ts';
import { complain, readOperands } from './operands.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** `base64 [-d] [-w columns] [file]`, of text as UTF-8. */
export const base64: Program = function* (proc) {
  const args = parseArguments(proc, { short: 'dw:i', long: { decode: 'd', wrap: 'w' } });
  if (args === null) return 1;
  const { text, failed } = yield* readOperands(proc, args.operands.slice(0, 1));
  if (failed) return 1;
  if (args.has('d')) {
    const bytes = decode(text.replace(/\s/g, ''));
    if (bytes === null) return complain(proc, 'invalid input');
    proc.print(new TextDecoder().decode(bytes));
    return 0;
  }
  const encoded = encodeBase64(new TextEncoder().encode(text));
  const columns = Number(args.value('w') ?? 76);
  if (columns === 0) proc.print(encoded);
  else for (let i = 0; i < encoded.length; i += columns) proc.print(`${encoded.slice(i, i + columns)}\n`);
  return 0;
};

/** Bytes in base64, on one line (RFC 4648 section 4). */
export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const group = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const used = Math.min(3, bytes.length - i);
    for (let k = 0; k < 4; k++) text += k <= used ? ALPHABET[(group >> (18 - 6 * k)) & 63] : '=';
  }
  return text;
}

function decode(text: string): Uint8Array | null {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return null;
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const character of text.replace(/=+$/, '')) {
    held = ((held << 6) | ALPHABET.indexOf(character)) & 0xffffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >> bits) & 0xff);
  }
  return Uint8Array.from(bytes);
}
