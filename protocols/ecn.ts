/** Explicit congestion notification in tunnels (RFC 6040, RFC 3168; include/net/inet_ecn.h). */
import { get16, put16 } from './bytes.ts';
import { checksumReplace16 } from './checksum.ts';
import { IPV4 } from './ipv4.ts';

/** The two low bits of the TOS byte. */
export const ECN = { NOT_ECT: 0, ECT_1: 1, ECT_0: 2, CE: 3, MASK: 3 } as const;

/** INET_ECN_encapsulate: the outer TOS for `tos` and the inner packet's TOS. CE is not copied out: ECT(0) stands for it. */
export function ecnEncapsulate(tos: number, inner: number): number {
  const mark = (inner & ECN.MASK) === ECN.CE ? ECN.ECT_0 : inner & ECN.MASK;
  return (tos & ~ECN.MASK & 0xff) | mark;
}

/**
 * INET_ECN_decapsulate on the inner IPv4 header at `offset`: marks it as the outer TOS says. False when the packet
 * must be dropped: it met congestion, and its sender cannot be told.
 */
export function ecnDecapsulate(buf: Uint8Array, offset: number, outer: number): boolean {
  const inner = buf[offset + IPV4.TOS]!;
  const outerMark = outer & ECN.MASK;
  if ((inner & ECN.MASK) === ECN.NOT_ECT) return outerMark !== ECN.CE;
  if (outerMark === ECN.CE) setMark(buf, offset, ECN.CE);
  else if (outerMark === ECN.ECT_1 && (inner & ECN.MASK) === ECN.ECT_0) setMark(buf, offset, ECN.ECT_1);
  return true;
}

function setMark(buf: Uint8Array, offset: number, mark: number): void {
  const from = get16(buf, offset);
  const to = (from & ~ECN.MASK) | mark;
  put16(buf, offset, to);
  put16(buf, offset + IPV4.CHECKSUM, checksumReplace16(get16(buf, offset + IPV4.CHECKSUM), from, to));
}
