import { checksum } from '../../../protocols/checksum.ts';
import { hex, ipv4Text } from './address-text.ts';
import type { Dissector } from './dissector.ts';
import { checksumShouldBe } from './print-checksum.ts';
import type { IpHeader } from './print-ip-payload.ts';
import { printIpv4 } from './print-ipv4.ts';

const QUOTING_TYPES = [3, 4, 5, 11, 12];
const TYPE_NAMES: ReadonlyMap<number, string> = new Map([
  [4, 'source quench'],
  [10, 'router solicitation'],
  [15, 'information request'],
  [16, 'information reply'],
  [17, 'address mask request'],
]);

/** Destination unreachable by code; `%` is the destination of the quoted packet. */
const UNREACHABLE: ReadonlyMap<number, string> = new Map([
  [0, 'net % unreachable'],
  [1, 'host % unreachable'],
  [5, '% unreachable - source route failed'],
  [6, 'net % unreachable - unknown'],
  [7, 'host % unreachable - unknown'],
  [8, '% unreachable - source host isolated'],
  [9, 'net % unreachable - admin prohibited'],
  [10, 'host % unreachable - admin prohibited'],
  [11, 'net % unreachable - tos prohibited'],
  [12, 'host % unreachable - tos prohibited'],
  [13, 'host % unreachable - admin prohibited filter'],
  [14, 'host % unreachable - host precedence violation'],
  [15, 'host % unreachable - precedence cutoff'],
]);
const REDIRECTS = [
  'redirect % to net ',
  'redirect % to host ',
  'redirect-tos % to net ',
  'redirect-tos % to host ',
];

/** Prints ICMP (RFC 792). Router advertisements are named only; RFC 4884 extensions are not decoded. */
export function printIcmp(d: Dissector, ip: IpHeader, at: number, length: number): void {
  d.protocol = 'icmp';
  const type = d.u8(at);
  d.add(`ICMP ${describe(d, at, type, d.u8(at + 1))}, length ${length}`);
  if (d.options.verbose === 0) return;
  if (!ip.fragmented && d.has(at, length)) printChecksum(d, at, length);
  if (QUOTING_TYPES.includes(type)) printQuote(d, at + 8);
}

function describe(d: Dissector, at: number, type: number, code: number): string {
  switch (type) {
    case 0:
    case 8:
      return `echo ${type === 8 ? 'request' : 'reply'}, id ${d.u16(at + 4)}, seq ${d.u16(at + 6)}`;
    case 3:
      return describeUnreachable(d, at, code);
    case 5: {
      d.require(at + 8, 20);
      const form = REDIRECTS[code] ?? `redirect-#${code} % to net `;
      return form.replace('%', ipv4Text(d, at + 24)) + ipv4Text(d, at + 4);
    }
    case 9:
      return 'router advertisement';
    case 11:
      d.require(at + 8, 20);
      return ['time exceeded in-transit', 'ip reassembly time exceeded'][code] ?? `time exceeded-#${code}`;
    case 12:
      return code === 0 ? `parameter problem - octet ${d.u8(at + 4)}` : `parameter problem - code ${code}`;
    case 13:
      return `time stamp query id ${d.u16(at + 4)} seq ${d.u16(at + 6)}`;
    case 14:
      return `time stamp reply id ${d.u16(at + 4)} seq ${d.u16(at + 6)}`;
    case 18:
      return `address mask is 0x${hex(d.u32(at + 8), 8)}`;
    default:
      return TYPE_NAMES.get(type) ?? `type-#${type}`;
  }
}

function describeUnreachable(d: Dissector, at: number, code: number): string {
  d.require(at + 8, 20);
  const destination = ipv4Text(d, at + 24);
  const protocol = d.u8(at + 17);
  switch (code) {
    case 2:
      return `${destination} protocol ${protocol} unreachable`;
    case 3: {
      const port = d.u16(at + 8 + (d.u8(at + 8) & 0xf) * 4 + 2);
      if (protocol === 6) return `${destination} tcp port ${port} unreachable`;
      if (protocol === 17) return `${destination} udp port ${port} unreachable`;
      return `${destination} protocol ${protocol} port ${port} unreachable`;
    }
    case 4: {
      const mtu = d.u16(at + 6);
      return `${destination} unreachable - need to frag${mtu === 0 ? '' : ` (mtu ${mtu})`}`;
    }
    default:
      return (UNREACHABLE.get(code) ?? `#${code} % unreachable`).replace('%', destination);
  }
}

function printChecksum(d: Dissector, at: number, length: number): void {
  const rest = checksum(d.buf, at, length);
  if (rest === 0) return;
  const found = d.u16(at + 2);
  d.add(` (wrong icmp cksum ${hex(found)} (->${hex(checksumShouldBe(found, rest))})!)`);
}

/** The packet that the error is about, on a line of its own. */
function printQuote(d: Dissector, at: number): void {
  d.add('\n\t');
  const length = d.u16(at + 2);
  printIpv4(d, at, length, 'IP ');
}
