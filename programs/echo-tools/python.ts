import type { Process } from '../../core/host/process.ts';
import { errnoMessage } from '../../core/socket/errno.ts';

/** What Python prints of an OSError. */
export function osErrorText(errno: number): string {
  return `[Errno ${errno}] ${errnoMessage(errno)}`;
}

/** Ends a script as an exception that nobody catches does: the last line of the traceback, exit code 1. */
export function uncaught(proc: Process, kind: string, message: string): number {
  proc.printError(`Traceback (most recent call last):\n${kind}: ${message}\n`);
  return 1;
}

/** repr() of bytes. */
export function bytesRepr(bytes: Uint8Array): string {
  const quote = bytes.includes(0x27) && !bytes.includes(0x22) ? '"' : "'";
  let text = '';
  for (const byte of bytes) text += byteRepr(byte, quote);
  return `b${quote}${text}${quote}`;
}

function byteRepr(byte: number, quote: string): string {
  const character = String.fromCharCode(byte);
  if (character === '\\' || character === quote) return `\\${character}`;
  if (byte === 9) return '\\t';
  if (byte === 10) return '\\n';
  if (byte === 13) return '\\r';
  if (byte >= 0x20 && byte < 0x7f) return character;
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}

/** The bytes of text in UTF-8. */
export function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
