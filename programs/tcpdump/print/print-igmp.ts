import { hex, ipv4Text } from './address-text.ts';
import type { Dissector } from './dissector.ts';

/** Prints IGMP (RFC 1112, 2236, 3376); of version 3 reports the number of records only. */
export function printIgmp(d: Dissector, at: number, length: number): void {
  d.protocol = 'igmp';
  if (d.options.quiet) return d.add('igmp');
  const type = d.u8(at);
  switch (type) {
    case 0x11:
      return printQuery(d, at, length);
    case 0x12:
      return d.add(`igmp v1 report ${ipv4Text(d, at + 4)}`);
    case 0x16:
      return d.add(`igmp v2 report ${ipv4Text(d, at + 4)}`);
    case 0x17:
      return d.add(`igmp leave ${ipv4Text(d, at + 4)}`);
    case 0x22:
      return d.add(`igmp v3 report, ${d.u16(at + 6)} group record(s)`);
    default:
      d.add(`igmp-0x${hex(type)}`);
  }
}

function printQuery(d: Dissector, at: number, length: number): void {
  if (length >= 12) return d.add('igmp query v3');
  const version = d.u8(at + 1) === 0 ? 1 : 2;
  d.add(`igmp query v${version}`);
  if (d.u32(at + 4) !== 0) d.add(` [gaddr ${ipv4Text(d, at + 4)}]`);
}
