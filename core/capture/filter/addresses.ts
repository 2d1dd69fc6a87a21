import { FilterError } from './filter-error.ts';
import type { Token } from './lexer.ts';

/** An IPv4 address as a filter may write it: one to four numbers, the missing ones meaning any. */
export interface PartialIpv4 {
  /** The numbers given, shifted to the top of 32 bits. */
  address: number;
  /** Bits that were given. */
  bits: number;
}

/** Reads `10`, `10.1`, `10.1.2` or `10.1.2.3`. */
export function parsePartialIpv4(token: Token): PartialIpv4 {
  const parts = token.text.split('.');
  let address = 0;
  for (const part of parts) {
    const value = Number(part);
    if (value > 255) throw new FilterError(`'${token.text}' is not an IPv4 address`, token.column);
    address = address * 256 + value;
  }
  const bits = parts.length * 8;
  return { address: (address * 2 ** (32 - bits)) >>> 0, bits };
}

/** Reads a full IPv6 address as four 32-bit words. */
export function parseIpv6Words(token: Token): number[] {
  const fail = (): never => {
    throw new FilterError(`'${token.text}' is not an IPv6 address`, token.column);
  };
  let text = token.text;
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  if (dotted !== null) {
    const bytes = dotted.slice(1).map(Number);
    if (bytes.some((byte) => byte > 255)) fail();
    const [a, b, c, d] = bytes as [number, number, number, number];
    const groups = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
    text = text.slice(0, dotted.index) + groups;
  }
  const halves = text.split('::');
  if (halves.length > 2) fail();
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':'))) as [string[], string[]?];
  const given = head.length + (tail?.length ?? 0);
  if (tail === undefined ? given !== 8 : given > 7) fail();
  const groups = [...head, ...new Array<string>(8 - given).fill('0'), ...(tail ?? [])];
  if (groups.some((group) => !/^[0-9a-fA-F]{1,4}$/.test(group))) fail();
  const values = groups.map((group) => parseInt(group, 16));
  return [0, 2, 4, 6].map((i) => ((values[i]! << 16) | values[i + 1]!) >>> 0);
}

/** Reads a MAC address as its first 16 and last 32 bits. */
export function parseMac(token: Token): { high16: number; low32: number } {
  const bytes = token.text.split(/[:-]/).map((part) => parseInt(part, 16)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    high16: (bytes[0] << 8) | bytes[1],
    low32: ((bytes[2] << 24) | (bytes[3] << 16) | (bytes[4] << 8) | bytes[5]) >>> 0,
  };
}
