import { hex, ipv6Text } from './address-text.ts';
import type { Dissector } from './dissector.ts';
import { PROTOCOL_NAMES } from './names.ts';
import { printIpPayload, type IpHeader } from './print-ip-payload.ts';

const HEADER_BYTES = 40;
const PORT_PROTOCOLS = [6, 17, 33, 132];
const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const NO_NEXT_HEADER = 59;
const DESTINATION_OPTIONS = 60;

/** Prints an IPv6 packet (RFC 8200) of which `length` bytes were received. */
export function printIpv6(d: Dissector, at: number, length: number): void {
  d.protocol = 'ip6';
  if (length >= HEADER_BYTES) d.require(at, HEADER_BYTES);
  if (!d.options.linkHeader) d.add('IP6 ');
  if (length < HEADER_BYTES) return d.add(`truncated-ip6 ${length}`);
  const version = d.u8(at) >> 4;
  if (version !== 6) return d.add(`IP${version} (invalid)`);
  const payloadLength = d.u16(at + 4);
  const total = payloadLength + HEADER_BYTES;
  if (length < total) d.add(`truncated-ip6 - ${total - length} bytes missing!`);
  if (d.options.verbose > 0) printHeader(d, at, payloadLength);
  // A payload length of zero with a payload is a jumbogram or an offloaded send.
  const whole = payloadLength === 0 && length > HEADER_BYTES ? length : total;
  d.within(at + whole, () => printBody(d, at, at + whole));
}

function printHeader(d: Dissector, at: number, payloadLength: number): void {
  const first = d.u32(at);
  const trafficClass = (first >>> 20) & 0xff;
  const flowLabel = first & 0xfffff;
  const next = d.u8(at + 6);
  d.add('(');
  if (trafficClass !== 0) d.add(`class 0x${hex(trafficClass, 2)}, `);
  if (flowLabel !== 0) d.add(`flowlabel 0x${hex(flowLabel, 5)}, `);
  d.add(`hlim ${d.u8(at + 7)}, next-header ${PROTOCOL_NAMES.get(next) ?? 'unknown'} (${next})`);
  d.add(` payload length: ${payloadLength}) `);
}

function printBody(d: Dissector, at: number, end: number): void {
  const header: IpHeader = {
    version: 6,
    at,
    source: ipv6Text(d, at + 8),
    destination: ipv6Text(d, at + 24),
    fragmented: false,
  };
  let next = d.u8(at + 6);
  let from = at + HEADER_BYTES;
  if (!PORT_PROTOCOLS.includes(next)) {
    d.add(`${header.source} > ${header.destination}: `);
    header.addressesPrinted = true;
  }
  for (;;) {
    switch (next) {
      case HOP_BY_HOP:
        d.add('HBH ');
        next = printOptions(d, from);
        from += (d.u8(from + 1) + 1) * 8;
        break;
      case DESTINATION_OPTIONS:
        d.add('DSTOPT ');
        next = printOptions(d, from);
        from += (d.u8(from + 1) + 1) * 8;
        break;
      case ROUTING:
        d.add(`srcrt (len=${d.u8(from + 1)}, type=${d.u8(from + 2)}, segleft=${d.u8(from + 3)}) `);
        next = d.u8(from);
        from += (d.u8(from + 1) + 1) * 8;
        break;
      case FRAGMENT: {
        const offset = printFragment(d, from, end);
        if ((d.u16(from + 2) & 1) !== 0) header.fragmented = true;
        if (offset !== 0) return;
        next = d.u8(from);
        from += 8;
        break;
      }
      case NO_NEXT_HEADER:
        return d.add('no next header');
      default:
        return printIpPayload(d, header, next, from, end - from);
    }
  }
}

/** Prints hop-by-hop or destination options in verbose mode; returns the next header. */
function printOptions(d: Dissector, at: number): number {
  const end = at + (d.u8(at + 1) + 1) * 8;
  d.require(at, end - at);
  if (d.options.verbose > 0) {
    for (let option = at + 2; option < end;) {
      const type = d.u8(option);
      const length = type === 0 ? 1 : 2 + d.u8(option + 1);
      if (type === 0) d.add('(pad1) ');
      else if (type === 1) d.add('(padn) ');
      else if (type === 5) d.add(`(rtalert: 0x${hex(d.u16(option + 2), 4)}) `);
      else d.add(`(opt_type 0x${hex(type, 2)}: len=${length - 2}) `);
      option += length;
    }
  }
  return d.u8(at);
}

/** Prints a fragment header; returns the offset in bytes. */
function printFragment(d: Dissector, at: number, end: number): number {
  d.require(at, 8);
  const offset = d.u16(at + 2) & 0xfff8;
  const length = end - at - 8;
  d.add(
    d.options.verbose > 0
      ? `frag (0x${hex(d.u32(at + 4), 8)}:${offset}|${length})`
      : `frag (${offset}|${length})`,
  );
  if (offset === 0) d.add(' ');
  return offset;
}
