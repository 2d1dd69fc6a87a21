import { checksum } from '../../../protocols/checksum.ts';
import { hex, ipv4Text } from './address-text.ts';
import type { Dissector } from './dissector.ts';
import { PROTOCOL_NAMES } from './names.ts';
import { checksumShouldBe } from './print-checksum.ts';
import { printIpPayload, type IpHeader } from './print-ip-payload.ts';

const ECN_NAMES = ['', ',ECT(1)', ',ECT(0)', ',CE'];
const OPTION_NAMES: ReadonlyMap<number, string> = new Map([
  [0, 'EOL'],
  [1, 'NOP'],
  [7, 'RR'],
  [68, 'timestamp'],
  [130, 'security'],
  [131, 'LSRR'],
  [137, 'SSRR'],
  [148, 'RA'],
]);
const PORT_PROTOCOLS = [6, 17, 33, 132];

/** Prints an IPv4 packet of which `length` bytes were received; `name` leads unless the link header was printed. */
export function printIpv4(d: Dissector, at: number, length: number, name: string): void {
  d.protocol = 'ip';
  if (name !== '' && !d.options.linkHeader) d.add(name);
  const version = d.u8(at) >> 4;
  if (version !== 4) return d.add(`IP${version} (invalid)`);
  if (length < 20) return d.add(`truncated-ip ${length}`);
  d.require(at, 20);
  const headerBytes = (d.u8(at) & 0xf) * 4;
  if (headerBytes < 20) return d.add(`bad-hlen ${headerBytes}`);
  let total = d.u16(at + 2);
  if (length < total) d.add(`truncated-ip - ${total - length} bytes missing! `);
  if (total < headerBytes) {
    if (total !== 0) return d.add(`bad-len ${total}`);
    // A length of zero is what segmentation offload leaves.
    total = length;
  }
  d.within(at + total, () => {
    if (d.options.verbose > 0) printHeader(d, at, headerBytes);
    printBody(d, at, headerBytes, total - headerBytes);
  });
}

function printHeader(d: Dissector, at: number, headerBytes: number): void {
  const tos = d.u8(at + 1);
  const ttl = d.u8(at + 8);
  const fragment = d.u16(at + 6);
  const protocol = d.u8(at + 9);
  d.add(`(tos 0x${hex(tos)}${ECN_NAMES[tos & 3]!}`);
  if (ttl >= 1) d.add(`, ttl ${ttl}`);
  d.add(`, id ${d.u16(at + 4)}, offset ${(fragment & 0x1fff) * 8}, flags [${flagText(fragment)}]`);
  d.add(`, proto ${PROTOCOL_NAMES.get(protocol) ?? 'unknown'} (${protocol}), length ${d.u16(at + 2)}`);
  if (headerBytes > 20) {
    d.add(', options (');
    printOptions(d, at + 20, at + headerBytes);
    d.add(')');
  }
  if (d.has(at, headerBytes)) {
    const found = d.u16(at + 10);
    const rest = checksum(d.buf, at, headerBytes);
    if (rest !== 0) d.add(`, bad cksum ${hex(found)} (->${hex(checksumShouldBe(found, rest))})!`);
  }
  d.add(')\n    ');
}

function flagText(fragment: number): string {
  const names: string[] = [];
  if (fragment & 0x2000) names.push('+');
  if (fragment & 0x4000) names.push('DF');
  if (fragment & 0x8000) names.push('rsvd');
  return names.length === 0 ? 'none' : names.join(', ');
}

function printOptions(d: Dissector, from: number, to: number): void {
  let at = from;
  let separator = '';
  while (at < to) {
    const kind = d.u8(at);
    d.add(`${separator}${OPTION_NAMES.get(kind) ?? `unknown ${kind}`}`);
    separator = ',';
    if (kind === 0) return;
    const length = kind === 1 ? 1 : d.u8(at + 1);
    if (length < 1 || (kind !== 1 && length < 2)) return d.add(' [|ip]');
    at += length;
  }
}

function printBody(d: Dissector, at: number, headerBytes: number, length: number): void {
  const fragment = d.u16(at + 6);
  const protocol = d.u8(at + 9);
  const source = ipv4Text(d, at + 12);
  const destination = ipv4Text(d, at + 16);
  if ((fragment & 0x1fff) !== 0) return d.add(`${source} > ${destination}: ip-proto-${protocol}`);
  if (!PORT_PROTOCOLS.includes(protocol)) d.add(`${source} > ${destination}: `);
  if (!d.has(at, headerBytes)) {
    d.add(` [remaining caplen(${d.end - at}) < header length(${headerBytes})]`);
    d.truncated();
  }
  const header: IpHeader = { version: 4, at, source, destination, fragmented: (fragment & 0x2000) !== 0 };
  printIpPayload(d, header, protocol, at + headerBytes, length);
}
