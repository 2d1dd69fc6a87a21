import { hex } from './address-text.ts';
import type { Dissector } from './dissector.ts';
import { printIcmp } from './print-icmp.ts';
import { printIcmp6 } from './print-icmp6.ts';
import { printIgmp } from './print-igmp.ts';
import { printIpv4 } from './print-ipv4.ts';
import { printIpv6 } from './print-ipv6.ts';
import { printTcp } from './print-tcp.ts';
import { printUdp } from './print-udp.ts';

/** What the printers of upper layers need to know of the IP header. */
export interface IpHeader {
  version: 4 | 6;
  /** Index of the header. */
  at: number;
  source: string;
  destination: string;
  /** More fragments follow: checksums cannot be verified. */
  fragmented: boolean;
  /** The transport header follows extension headers: addresses were printed before those. */
  addressesPrinted?: boolean;
}

/** Prints what an IP packet carries. Not decoded: AH, SCTP, DCCP, GRE and routing protocols. */
export function printIpPayload(
  d: Dissector,
  ip: IpHeader,
  protocol: number,
  at: number,
  length: number,
): void {
  switch (protocol) {
    case 1:
      return printIcmp(d, ip, at, length);
    case 2:
      return printIgmp(d, at, length);
    case 4:
      return printIpv4(d, at, length, d.options.linkHeader ? '' : 'IP ');
    case 6:
      return printTcp(d, ip, at, length);
    case 17:
      return printUdp(d, ip, at, length);
    case 41:
      return printIpv6(d, at, length);
    case 50:
      return printEsp(d, at, length);
    case 58:
      return printIcmp6(d, ip, at, length);
    default:
      d.add(`ip-proto-${protocol} ${length}`);
  }
}

function printEsp(d: Dissector, at: number, length: number): void {
  d.protocol = 'esp';
  d.require(at, 8);
  d.add(`ESP(spi=0x${hex(d.u32(at), 8)},seq=0x${hex(d.u32(at + 4))}), length ${length}`);
}
