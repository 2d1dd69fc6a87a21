import { hex, macText } from './address-text.ts';
import type { Dissector } from './dissector.ts';
import { ETHERTYPE_NAMES } from './names.ts';
import { printArp } from './print-arp.ts';
import { hexAndAscii } from './print-hex.ts';
import { printIpv4 } from './print-ipv4.ts';
import { printIpv6 } from './print-ipv6.ts';

const TAG_TYPES = [0x8100, 0x88a8, 0x9100];
const MAXIMUM_8023_LENGTH = 1500;

/** Prints an Ethernet frame of `length` bytes on the wire. LLC and the protocols of other types are not decoded. */
export function printEthernet(d: Dissector, at: number, length: number): void {
  d.protocol = 'ether';
  if (!d.has(at, 14)) return d.addTruncation();
  let type = d.u16(at + 12);
  let from = at + 14;
  if (d.options.linkHeader) printLinkHeader(d, at, type, length);
  while (TAG_TYPES.includes(type)) {
    d.protocol = 'vlan';
    const tag = d.u16(from);
    type = d.u16(from + 2);
    from += 4;
    if (d.options.linkHeader) {
      const dei = (tag & 0x1000) !== 0 ? ', DEI' : '';
      d.add(`vlan ${tag & 0xfff}, p ${tag >> 13}${dei}, `);
      if (type > MAXIMUM_8023_LENGTH) {
        d.add(d.options.quiet ? `${typeName(type)}, ` : `ethertype ${typeName(type)} (0x${hex(type, 4)}), `);
      }
    }
  }
  d.noteLinkHeader(from - at);
  printPayload(d, at, type, from, length);
}

function typeName(type: number): string {
  return ETHERTYPE_NAMES.get(type) ?? 'Unknown';
}

function printLinkHeader(d: Dissector, at: number, type: number, length: number): void {
  d.add(`${macText(d, at + 6)} > ${macText(d, at)}`);
  if (type <= MAXIMUM_8023_LENGTH) d.add(`, 802.3`);
  else if (d.options.quiet) d.add(`, ${typeName(type)}`);
  else d.add(`, ethertype ${typeName(type)} (0x${hex(type, 4)})`);
  d.add(`, length ${length}: `);
}

function printPayload(d: Dissector, at: number, type: number, from: number, length: number): void {
  const payloadLength = length - (from - at);
  switch (type) {
    case 0x0800:
      return printIpv4(d, from, payloadLength, 'IP ');
    case 0x86dd:
      return printIpv6(d, from, payloadLength);
    case 0x0806:
      return printArp(d, from, payloadLength, 'ARP');
    case 0x8035:
      return printArp(d, from, payloadLength, 'RARP');
  }
  if (!d.options.linkHeader) printLinkHeader(d, at, type, length);
  if (d.options.hex === 'none' && !d.options.quiet) {
    d.add(hexAndAscii(d.buf, from, Math.min(d.end, at + length) - from));
  }
}
