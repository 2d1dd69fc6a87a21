import { hex } from './address-text.ts';
import type { Dissector } from './dissector.ts';

const HEADER_BYTES = 28;
const TYPES: readonly string[] = [
  ...['', 'data', 'busy', 'abort', 'ack', 'challenge', 'response', 'debug', 'params', 'params', 'params'],
  ...['', '', 'version'],
];
const FLAGS: readonly [number, string, number][] = [
  [1, 'client-init', 0],
  [2, 'req-ack', 0],
  [4, 'last-pckt', 0],
  [8, 'more-pckts', 0],
  [16, 'free-pckt', 0],
];

/** Prints the header of RX, AFS's transport, which tcpdump sees in anything on ports 7000 to 7009. */
export function printRx(d: Dissector, at: number, length: number): void {
  d.protocol = 'rx';
  if (!d.has(at, HEADER_BYTES)) {
    d.addTruncation();
    return d.add(` (${length})`);
  }
  const type = d.u8(at + 20);
  d.add(` rx ${TYPES[type] || `type ${type}`}`);
  if (d.options.verbose > 0) printDetails(d, at);
  d.add(` (${length})`);
}

function printDetails(d: Dissector, at: number): void {
  const verbose = d.options.verbose;
  if (verbose > 1) d.add(` cid ${hex(d.u32(at + 4), 8)} call# ${d.u32(at + 8)}`);
  d.add(` seq ${d.u32(at + 12)} ser ${d.u32(at + 16)}`);
  if (verbose > 2) d.add(` secindex ${d.u8(at + 23)} serviceid ${d.u16(at + 26)}`);
  if (verbose < 2) return;
  const flags = d.u8(at + 21);
  const names = FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => `<${name}>`);
  if (names.length > 0) d.add(` ${names.join(',')}`);
}
