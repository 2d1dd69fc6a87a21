import { ipv4Text, macText } from './address-text.ts';
import type { Dissector } from './dissector.ts';

const HARDWARE_ETHERNET = 1;
const TYPE_IPV4 = 0x0800;

/** Prints an ARP body of `length` bytes (RFC 826) for Ethernet and IPv4; others by their numbers. */
export function printArp(d: Dissector, at: number, length: number, name: string): void {
  d.protocol = 'arp';
  const hardware = d.u16(at);
  const type = d.u16(at + 2);
  const hardwareLength = d.u8(at + 4);
  const protocolLength = d.u8(at + 5);
  const operation = d.u16(at + 6);
  d.require(at, 8 + 2 * hardwareLength + 2 * protocolLength);
  if (!d.options.linkHeader) d.add(`${name}, `);
  const usual =
    hardware === HARDWARE_ETHERNET && type === TYPE_IPV4 && hardwareLength === 6 && protocolLength === 4;
  if (d.options.verbose > 0 || !usual) {
    const hardwareName = hardware === HARDWARE_ETHERNET ? 'Ethernet' : `Unknown Hardware (${hardware})`;
    const typeName =
      type === TYPE_IPV4 ? 'IPv4' : `Unknown Protocol (0x${type.toString(16).padStart(4, '0')})`;
    d.add(`${hardwareName} (len ${hardwareLength}), ${typeName} (len ${protocolLength}), `);
  }
  if (!usual) {
    d.add(`${operationName(operation)}, length ${length}`);
    return;
  }
  printOperation(d, at, operation);
  d.add(`, length ${length}`);
}

function operationName(operation: number): string {
  const names = [
    '',
    'Request',
    'Reply',
    'Reverse Request',
    'Reverse Reply',
    '',
    '',
    '',
    'Inverse Request',
    'Inverse Reply',
  ];
  return names[operation] || `Unknown (${operation})`;
}

function printOperation(d: Dissector, at: number, operation: number): void {
  const sender = ipv4Text(d, at + 14);
  const target = ipv4Text(d, at + 24);
  const targetMac = macText(d, at + 18);
  d.add(`${operationName(operation)} `);
  switch (operation) {
    case 1: {
      const known = targetMac === '00:00:00:00:00:00' ? '' : ` (${targetMac})`;
      return d.add(`who-has ${target}${known} tell ${sender}`);
    }
    case 2:
      return d.add(`${sender} is-at ${macText(d, at + 8)}`);
    case 3:
      return d.add(`who-is ${targetMac} tell ${macText(d, at + 8)}`);
    case 4:
      return d.add(`${targetMac} at ${target}`);
    case 8:
      return d.add(`who-is ${targetMac} tell ${macText(d, at + 8)}`);
    case 9:
      return d.add(`${macText(d, at + 8)} at ${sender}`);
  }
}
