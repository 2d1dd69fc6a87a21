import { checksumAdd, checksumFold, pseudoHeaderSum, pseudoHeaderSum6 } from '../../../protocols/checksum.ts';
import type { Dissector } from './dissector.ts';
import type { IpHeader } from './print-ip-payload.ts';

/** The checksum that would be right, given the one found and what the sum over everything came to. */
export function checksumShouldBe(found: number, rest: number): number {
  let value = found + rest;
  value = (value & 0xffff) + (value >>> 16);
  return (value & 0xffff) + (value >>> 16);
}

/** The checksum over pseudo-header and `length` bytes, 0 when it is right; null when bytes are missing. */
export function transportChecksum(
  d: Dissector,
  ip: IpHeader,
  protocol: number,
  at: number,
  length: number,
): number | null {
  if (!d.has(at, length)) return null;
  const buf = d.buf;
  const pseudo =
    ip.version === 4
      ? pseudoHeaderSum(d.u32(ip.at + 12), d.u32(ip.at + 16), protocol, length)
      : pseudoHeaderSum6(buf, ip.at + 8, ip.at + 24, protocol, length);
  return ~checksumFold(checksumAdd(pseudo, buf, at, length)) & 0xffff;
}
