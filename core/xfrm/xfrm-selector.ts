import { get16 } from '../../protocols/bytes.ts';
import { prefixMask } from '../../protocols/ipv4-address.ts';
import {
  IPV4,
  PROTO,
  ipv4Destination,
  ipv4HeaderLength,
  ipv4Source,
  isIpv4Fragment,
} from '../../protocols/ipv4.ts';
import type { Packet } from '../packet/packet.ts';

/** What of a packet policies and selectors look at (struct flowi4 as xfrm_decode_session fills it). */
export class XfrmFlow {
  source = 0;
  destination = 0;
  protocol = 0;
  /** For ICMP its type and code. */
  sourcePort = 0;
  destinationPort = 0;
  mark = 0;
  /** ifindex of the way out, 0 where there is none. */
  oif = 0;

  /** Reads a packet whose IPv4 header is at `networkOffset`. A fragment has no ports. */
  read(packet: Packet, oif: number): void {
    const { buf, networkOffset: at } = packet;
    this.source = ipv4Source(buf, at);
    this.destination = ipv4Destination(buf, at);
    this.protocol = buf[at + IPV4.PROTOCOL]!;
    this.mark = packet.mark;
    this.oif = oif;
    this.sourcePort = 0;
    this.destinationPort = 0;
    const transport = at + ipv4HeaderLength(buf, at);
    if (isIpv4Fragment(buf, at)) return;
    switch (this.protocol) {
      case PROTO.UDP:
      case PROTO.TCP:
      case PROTO.SCTP:
        if (packet.tail - transport < 4) return;
        this.sourcePort = get16(buf, transport);
        this.destinationPort = get16(buf, transport + 2);
        return;
      case PROTO.ICMP:
        if (packet.tail - transport < 2) return;
        this.sourcePort = buf[transport]!;
        this.destinationPort = buf[transport + 1]!;
        return;
      default:
    }
  }
}

/** Which packets a policy or an association is for (struct xfrm_selector). */
export interface XfrmSelector {
  readonly source: number;
  readonly sourceLength: number;
  readonly destination: number;
  readonly destinationLength: number;
  /** 0 for any. */
  readonly protocol: number;
  /** −1 for any; for ICMP the type and the code. */
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** ifindex, 0 for any. */
  readonly ifindex: number;
}

export const ANY_SELECTOR: XfrmSelector = {
  source: 0,
  sourceLength: 0,
  destination: 0,
  destinationLength: 0,
  protocol: 0,
  sourcePort: -1,
  destinationPort: -1,
  ifindex: 0,
};

/** xfrm_selector_match. */
export function selectorMatches(selector: XfrmSelector, flow: XfrmFlow): boolean {
  return (
    ((selector.source ^ flow.source) & prefixMask(selector.sourceLength)) === 0 &&
    ((selector.destination ^ flow.destination) & prefixMask(selector.destinationLength)) === 0 &&
    (selector.protocol === 0 || selector.protocol === flow.protocol) &&
    (selector.sourcePort < 0 || selector.sourcePort === flow.sourcePort) &&
    (selector.destinationPort < 0 || selector.destinationPort === flow.destinationPort) &&
    (selector.ifindex === 0 || selector.ifindex === flow.oif)
  );
}

export function sameSelector(a: XfrmSelector, b: XfrmSelector): boolean {
  return (
    a.source === b.source &&
    a.sourceLength === b.sourceLength &&
    a.destination === b.destination &&
    a.destinationLength === b.destinationLength &&
    a.protocol === b.protocol &&
    a.sourcePort === b.sourcePort &&
    a.destinationPort === b.destinationPort &&
    a.ifindex === b.ifindex
  );
}

/** A mark and the bits of it that count (struct xfrm_mark); mask 0 for any. */
export interface XfrmMark {
  readonly value: number;
  readonly mask: number;
}

export const NO_MARK: XfrmMark = { value: 0, mask: 0 };

export function markMatches(mark: XfrmMark, value: number): boolean {
  return (value & mask32(mark)) >>> 0 === (mark.value & mask32(mark)) >>> 0;
}

export function sameMark(a: XfrmMark, b: XfrmMark): boolean {
  return a.value === b.value && a.mask === b.mask;
}

function mask32(mark: XfrmMark): number {
  return mark.mask | 0;
}
