/**
 * Domain names between wire and text (RFC 1035 sections 3.1 and 5.1): a dot inside a label and a backslash are
 * written with a backslash, bytes that are not printable ASCII as \DDD.
 */
import { DNS_MAX_LABEL_LENGTH, DNS_MAX_NAME_LENGTH } from './constants.ts';

const DOT = 0x2e;
const BACKSLASH = 0x5c;
const POINTER_BITS = 0xc0;

/** A name read from a message, and the offset after it. */
export interface ReadName {
  readonly name: string;
  readonly next: number;
}

function labelText(buf: Uint8Array, offset: number, length: number): string {
  let text = '';
  for (let i = offset; i < offset + length; i++) {
    const byte = buf[i]!;
    if (byte === DOT || byte === BACKSLASH) text += '\\' + String.fromCharCode(byte);
    else if (byte > 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else text += '\\' + String(byte).padStart(3, '0');
  }
  return text;
}

/**
 * Reads the name at `offset` of the message that starts at `start` and ends at `end`, following compression
 * pointers (section 4.1.4). Null when it runs out of the message, is too long, has an unknown label type, or when
 * a pointer does not point backwards, which makes loops impossible.
 */
export function readDnsName(buf: Uint8Array, start: number, end: number, offset: number): ReadName | null {
  let name = '';
  let wireLength = 1;
  let at = offset;
  let next = -1;
  let limit = offset;
  for (;;) {
    if (at >= end) return null;
    const length = buf[at]!;
    if (length === 0) return { name, next: next === -1 ? at + 1 : next };
    if (length <= DNS_MAX_LABEL_LENGTH) {
      wireLength += length + 1;
      if (at + 1 + length > end || wireLength > DNS_MAX_NAME_LENGTH) return null;
      name += (name === '' ? '' : '.') + labelText(buf, at + 1, length);
      at += 1 + length;
      continue;
    }
    if (length < POINTER_BITS || at + 1 >= end) return null;
    const target = start + (((length & ~POINTER_BITS) << 8) | buf[at + 1]!);
    if (target >= limit) return null;
    if (next === -1) next = at + 2;
    limit = target;
    at = target;
  }
}

/** The labels of a name's text as bytes. Throws when the text is no name: an empty or too long label, or name. */
export function dnsLabels(name: string): Uint8Array[] {
  if (name === '' || name === '.') return [];
  const labels: Uint8Array[] = [];
  let label: number[] = [];
  let i = 0;
  const finish = (): void => {
    if (label.length === 0 || label.length > DNS_MAX_LABEL_LENGTH) {
      throw new Error(`invalid DNS name "${name}": a label has 1 to ${DNS_MAX_LABEL_LENGTH} bytes`);
    }
    labels.push(Uint8Array.from(label));
    label = [];
  };
  while (i < name.length) {
    const code = name.charCodeAt(i);
    if (code === DOT) {
      finish();
      i++;
      continue;
    }
    const escape = code === BACKSLASH ? /^\\(\d{3}|.)/.exec(name.slice(i, i + 4)) : null;
    if (code === BACKSLASH && escape === null)
      throw new Error(`invalid DNS name "${name}": ends in a backslash`);
    const byte = escape === null ? code : escapedByte(escape[1]!);
    if (byte > 0xff) throw new Error(`invalid DNS name "${name}": "${name[i]}" is not a byte`);
    label.push(byte);
    i += escape === null ? 1 : escape[0].length;
  }
  if (label.length > 0) finish();
  const wireLength = labels.reduce((sum, bytes) => sum + bytes.length + 1, 1);
  if (wireLength > DNS_MAX_NAME_LENGTH) {
    throw new Error(`invalid DNS name "${name}": longer than ${DNS_MAX_NAME_LENGTH} bytes`);
  }
  return labels;
}

function escapedByte(text: string): number {
  return text.length === 3 ? Number(text) : text.charCodeAt(0);
}

/** True when the text can be written as a name. */
export function isDnsName(text: string): boolean {
  try {
    dnsLabels(text);
    return true;
  } catch {
    return false;
  }
}

/** The text that two names are compared by: lower case (RFC 4343), without a last dot. */
export function canonicalDnsName(name: string): string {
  const trimmed = name.endsWith('.') && !name.endsWith('\\.') ? name.slice(0, -1) : name;
  return trimmed.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
