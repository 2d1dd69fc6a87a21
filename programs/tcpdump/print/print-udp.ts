import { hex } from './address-text.ts';
import type { Dissector } from './dissector.ts';
import { checksumShouldBe, transportChecksum } from './print-checksum.ts';
import { printDns } from './print-dns.ts';
import type { IpHeader } from './print-ip-payload.ts';
import { printRx } from './print-rx.ts';
import { printVxlan } from './print-vxlan.ts';

const DNS_PORT = 53;
const MDNS_PORT = 5353;
const VXLAN_PORT = 4789;
const ISAKMP_PORT = 500;
const ISAKMP_HEADER_BYTES = 28;
const RX_FIRST_PORT = 7000;
const RX_LAST_PORT = 7009;

/**
 * Prints UDP (RFC 768). Decoded by port: DNS, multicast DNS and VXLAN, the header of AFS's RX, and ISAKMP when it
 * is too short to be any; tcpdump decodes more (DHCP, NTP, SNMP, RIP, TFTP, syslog …), which print as plain UDP.
 */
export function printUdp(d: Dissector, ip: IpHeader, at: number, length: number): void {
  d.protocol = 'udp';
  if (!d.has(at, 4)) {
    d.add(`${ip.source} > ${ip.destination}: `);
    d.truncated();
  }
  const sourcePort = d.u16(at);
  const destinationPort = d.u16(at + 2);
  if (ip.addressesPrinted === true) d.add(`${sourcePort} > ${destinationPort}: `);
  else d.add(`${ip.source}.${sourcePort} > ${ip.destination}.${destinationPort}: `);
  if (length < 8) return d.add(`truncated-udp ${length}`);
  const datagramLength = d.u16(at + 4);
  if (datagramLength < 8) return d.add(`truncated-udplength ${datagramLength}`);
  d.require(at, 8);
  if (d.options.quiet) return d.add(`UDP, length ${datagramLength - 8}`);
  if (d.options.verbose > 1 && !ip.fragmented) printChecksum(d, ip, at, datagramLength);
  printData(d, at + 8, length - 8, datagramLength - 8, sourcePort, destinationPort);
}

function printChecksum(d: Dissector, ip: IpHeader, at: number, length: number): void {
  const found = d.u16(at + 6);
  if (found === 0) {
    d.add(ip.version === 4 ? '[no cksum] ' : '');
    return;
  }
  const rest = transportChecksum(d, ip, 17, at, length);
  if (rest === null) return;
  if (rest === 0) return d.add('[udp sum ok] ');
  d.add(`[bad udp cksum 0x${hex(found, 4)} -> 0x${hex(checksumShouldBe(found, rest), 4)}!] `);
}

function printData(
  d: Dissector,
  at: number,
  length: number,
  datagramLength: number,
  sourcePort: number,
  destinationPort: number,
): void {
  const uses = (port: number): boolean => sourcePort === port || destinationPort === port;
  const inRx = (port: number): boolean => port >= RX_FIRST_PORT && port <= RX_LAST_PORT;
  if (uses(DNS_PORT)) return printDns(d, at, length, false);
  if (uses(MDNS_PORT)) return printDns(d, at, length, true);
  if (uses(ISAKMP_PORT) && !d.has(at, ISAKMP_HEADER_BYTES)) {
    d.protocol = 'isakmp';
    return d.addTruncation();
  }
  if (inRx(sourcePort) || inRx(destinationPort)) return printRx(d, at, length);
  if (uses(VXLAN_PORT)) return printVxlan(d, at, length);
  d.add(`UDP, length ${datagramLength}`);
}
