import type { Dissector } from './dissector.ts';

export function macText(d: Dissector, at: number): string {
  d.require(at, 6);
  return [...d.buf.subarray(at, at + 6)].map((byte) => hex(byte, 2)).join(':');
}

export function ipv4Text(d: Dissector, at: number): string {
  d.require(at, 4);
  return d.buf.subarray(at, at + 4).join('.');
}

/** An IPv6 address as inet_ntop writes it: the longest run of two or more zero groups becomes `::`. */
export function ipv6Text(d: Dissector, at: number): string {
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(d.u16(at + i));
  let runStart = -1;
  let runLength = 1;
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (i + length < 8 && groups[i + length] === 0) length++;
    if (length > runLength) {
      runStart = i;
      runLength = length;
    }
  }
  const mapped = runStart === 0 && (runLength === 6 || (runLength === 5 && groups[5] === 0xffff));
  const text = (part: number[]): string => part.map((group) => group.toString(16)).join(':');
  if (mapped) return `${runLength === 6 ? '::' : '::ffff:'}${ipv4Text(d, at + 12)}`;
  if (runStart < 0) return text(groups);
  return `${text(groups.slice(0, runStart))}::${text(groups.slice(runStart + runLength))}`;
}

/** Lower-case hexadecimal with leading zeros up to `digits`. */
export function hex(value: number, digits = 1): string {
  return value.toString(16).padStart(digits, '0');
}
