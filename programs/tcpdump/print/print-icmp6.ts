import { hex, ipv6Text } from './address-text.ts';
import type { Dissector } from './dissector.ts';
import { checksumShouldBe, transportChecksum } from './print-checksum.ts';
import type { IpHeader } from './print-ip-payload.ts';
import { printMldReport, printMldQuery } from './print-mld.ts';
import { isNeighborDiscovery, printNeighborDiscovery } from './print-nd.ts';

const TYPE_NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'destination unreachable'],
  [2, 'packet too big'],
  [3, 'time exceeded'],
  [4, 'parameter problem'],
  [128, 'echo request'],
  [129, 'echo reply'],
  [130, 'multicast listener query'],
  [131, 'multicast listener report'],
  [132, 'multicast listener done'],
  [133, 'router solicitation'],
  [134, 'router advertisement'],
  [135, 'neighbor solicitation'],
  [136, 'neighbor advertisement'],
  [137, 'redirect'],
  [143, 'multicast listener report v2'],
]);
const UNREACHABLE = [
  'unreachable route',
  'unreachable prohibited',
  'beyond scope',
  'unreachable address',
  'unreachable port',
];
const PARAMETER_PROBLEMS = ['erroneous', 'next header', 'option'];

/** Prints ICMPv6 (RFC 4443), neighbour discovery and MLD. Node information and Mobile IPv6 are named by number. */
export function printIcmp6(d: Dissector, ip: IpHeader, at: number, length: number): void {
  d.protocol = 'icmp6';
  d.require(at, 4);
  if (d.options.verbose > 0 && !ip.fragmented && ip.version === 6) printChecksum(d, ip, at, length);
  const type = d.u8(at);
  d.add(`ICMP6, ${TYPE_NAMES.get(type) ?? `unknown icmp6 type (${type})`}`);
  if (d.options.verbose > 0 && isNeighborDiscovery(type)) d.add(`, length ${length}`);
  printBody(d, type, at, length);
  if (d.options.verbose === 0) d.add(`, length ${length}`);
}

function printChecksum(d: Dissector, ip: IpHeader, at: number, length: number): void {
  const rest = transportChecksum(d, ip, 58, at, length);
  if (rest === null) return;
  const found = d.u16(at + 2);
  if (rest === 0) return d.add('[icmp6 sum ok] ');
  d.add(`[bad icmp6 cksum 0x${hex(found, 4)} -> 0x${hex(checksumShouldBe(found, rest), 4)}!] `);
}

function printBody(d: Dissector, type: number, at: number, length: number): void {
  switch (type) {
    case 1:
      return printUnreachable(d, at);
    case 2:
      return d.add(`, mtu ${d.u32(at + 4)}`);
    case 3:
      return printTimeExceeded(d, at);
    case 4: {
      const code = d.u8(at + 1);
      const problem = PARAMETER_PROBLEMS[code];
      return d.add(problem === undefined ? `, code-#${code}` : `, ${problem} - octet ${d.u32(at + 4)}`);
    }
    case 128:
    case 129:
      return d.add(`, id ${d.u16(at + 4)}, seq ${d.u16(at + 6)}`);
    case 130:
      return printMldQuery(d, at, length);
    case 131:
    case 132:
      return d.add(` max resp delay: ${d.u16(at + 4)} addr: ${ipv6Text(d, at + 8)}`);
    case 143:
      return printMldReport(d, at);
    default:
      if (isNeighborDiscovery(type)) printNeighborDiscovery(d, type, at, length);
  }
}

function printUnreachable(d: Dissector, at: number): void {
  const code = d.u8(at + 1);
  d.add(`, ${UNREACHABLE[code] ?? `unknown unreach code (${code})`}`);
  const quote = at + 8;
  d.require(quote, 40);
  const destination = ipv6Text(d, quote + 24);
  switch (code) {
    case 0:
    case 1:
    case 3:
      return d.add(` ${destination}`);
    case 2:
      return d.add(` ${destination}, source address ${ipv6Text(d, quote + 8)}`);
    case 4: {
      const protocol = d.u8(quote + 6);
      const port = d.u16(quote + 42);
      if (protocol === 6) return d.add(`, ${destination} tcp port ${port}`);
      if (protocol === 17) return d.add(`, ${destination} udp port ${port}`);
      return d.add(`, ${destination} protocol ${protocol} port ${port} unreachable`);
    }
  }
}

function printTimeExceeded(d: Dissector, at: number): void {
  const code = d.u8(at + 1);
  d.require(at + 8, 40);
  if (code === 0) return d.add(` for ${ipv6Text(d, at + 32)}`);
  d.add(code === 1 ? ' (reassembly)' : `, unknown code (${code})`);
}
