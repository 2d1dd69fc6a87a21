import { hex, ipv6Text, macText } from './address-text.ts';
import type { Dissector } from './dissector.ts';

const ROUTER_SOLICITATION = 133;
const ROUTER_ADVERTISEMENT = 134;
const NEIGHBOR_SOLICITATION = 135;
const NEIGHBOR_ADVERTISEMENT = 136;
const REDIRECT = 137;

const OPTION_NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'source link-address'],
  [2, 'destination link-address'],
  [3, 'prefix info'],
  [4, 'redirected header'],
  [5, 'mtu'],
  [24, 'route info'],
  [25, 'rdnss'],
  [31, 'dnssl'],
]);
const PREFERENCES = ['medium', 'high', '*rsv*', 'low'];

export function isNeighborDiscovery(type: number): boolean {
  return type >= ROUTER_SOLICITATION && type <= REDIRECT;
}

/** The rest of a neighbour discovery message (RFC 4861). Options beyond the common ones are named only. */
export function printNeighborDiscovery(d: Dissector, type: number, at: number, length: number): void {
  const verbose = d.options.verbose > 0;
  switch (type) {
    case ROUTER_SOLICITATION:
      if (verbose) printOptions(d, at + 8, at + length);
      return;
    case ROUTER_ADVERTISEMENT:
      if (verbose) printAdvertisement(d, at, length);
      return;
    case NEIGHBOR_SOLICITATION:
      d.add(`, who has ${ipv6Text(d, at + 8)}`);
      if (verbose) printOptions(d, at + 24, at + length);
      return;
    case NEIGHBOR_ADVERTISEMENT:
      d.add(`, tgt is ${ipv6Text(d, at + 8)}`);
      if (!verbose) return;
      d.add(`, Flags [${flagText(d.u8(at + 4), [0x80, 'router'], [0x40, 'solicited'], [0x20, 'override'])}]`);
      return printOptions(d, at + 24, at + length);
    case REDIRECT:
      d.add(`, ${ipv6Text(d, at + 24)} to ${ipv6Text(d, at + 8)}`);
      if (verbose) printOptions(d, at + 40, at + length);
  }
}

function flagText(flags: number, ...names: [number, string][]): string {
  const set = names.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
  return set.length === 0 ? 'none' : set.join(', ');
}

function printAdvertisement(d: Dissector, at: number, length: number): void {
  const flags = d.u8(at + 5);
  const names = flagText(flags, [0x80, 'managed'], [0x40, 'other stateful'], [0x20, 'home agent']);
  d.add(`\n\thop limit ${d.u8(at + 4)}, Flags [${names}], pref ${PREFERENCES[(flags >> 3) & 3]!}`);
  d.add(`, router lifetime ${d.u16(at + 6)}s, reachable time ${d.u32(at + 8)}ms`);
  d.add(`, retrans timer ${d.u32(at + 12)}ms`);
  printOptions(d, at + 16, at + length);
}

function printOptions(d: Dissector, from: number, end: number): void {
  let at = from;
  while (at < end) {
    const type = d.u8(at);
    const units = d.u8(at + 1);
    if (units === 0) d.truncated();
    d.require(at, units * 8);
    d.add(`\n\t  ${OPTION_NAMES.get(type) ?? 'unknown'} option (${type}), length ${units * 8} (${units}): `);
    printOption(d, type, at, units * 8);
    if (d.options.verbose > 1) d.add(hexLines(d, at + 2, units * 8 - 2, '    '));
    at += units * 8;
  }
}

function printOption(d: Dissector, type: number, at: number, length: number): void {
  switch (type) {
    case 1:
    case 2:
      return d.add(macText(d, at + 2));
    case 3: {
      const names = flagText(d.u8(at + 3), [0x80, 'onlink'], [0x40, 'auto'], [0x20, 'router']);
      d.add(`${ipv6Text(d, at + 16)}/${d.u8(at + 2)}, Flags [${names}]`);
      return d.add(`, valid time ${lifetime(d.u32(at + 4))}, pref. time ${lifetime(d.u32(at + 8))}`);
    }
    case 5:
      return d.add(` ${d.u32(at + 4)}`);
    default:
      if (d.options.verbose === 1 && !OPTION_NAMES.has(type)) d.add(hexLines(d, at + 2, length - 2, '  '));
  }
}

/** The bytes of an option, sixteen to a line. */
function hexLines(d: Dissector, at: number, length: number, indent: string): string {
  let text = '';
  for (let i = 0; i < length; i++) {
    if (i % 16 === 0) text += `\n\t${indent}0x${hex(i, 4)}: `;
    text += (i % 2 === 0 ? ' ' : '') + hex(d.u8(at + i), 2);
  }
  return text;
}

function lifetime(seconds: number): string {
  return seconds === 0xffffffff ? 'infinity' : `${seconds}s`;
}
