import { ETHER_TYPES } from './names.ts';
import type { LinkLayout } from './link-layout.ts';
import { and, FieldNode, FieldRangeNode, type FilterNode, NotNode, or, TransportPortNode } from './nodes.ts';

/**
 * The tests that qualifiers and keywords stand for. They are libpcap's, down to which loads are made, because a
 * load past the end of a short packet decides the outcome.
 */

/** src, dst, or how the two are combined. */
export type Direction = 'src' | 'dst' | 'src or dst' | 'src and dst';

const ETHERTYPE_IP = ETHER_TYPES.get('ip')!;
const ETHERTYPE_IP6 = ETHER_TYPES.get('ip6')!;
const ETHERTYPE_ARP = ETHER_TYPES.get('arp')!;
const ETHERTYPE_RARP = ETHER_TYPES.get('rarp')!;
const IPPROTO_FRAGMENT = 44;
const PORT_PROTOCOLS = [132, 6, 17];

export function etherType(layout: LinkLayout, type: number): FilterNode {
  return new FieldNode(layout.typeOffset, 2, type);
}

/** `vlan [id]`: the frame carries a tag of 802.1Q, 802.1ad or the older 0x9100. Moves what follows. */
export function vlan(layout: LinkLayout, id: number | null): FilterNode {
  const tagged = or(etherType(layout, 0x8100), etherType(layout, 0x88a8), etherType(layout, 0x9100));
  const node = id === null ? tagged : and(tagged, new FieldNode(layout.payloadOffset, 2, id, 0x0fff));
  layout.shiftForVlanTag();
  return node;
}

/** IPv4 with protocol number `protocol`. */
export function ipProtocol(layout: LinkLayout, protocol: number): FilterNode {
  return and(etherType(layout, ETHERTYPE_IP), new FieldNode(layout.payloadOffset + 9, 1, protocol));
}

/** IPv6 with next header `protocol`, directly or behind one fragment header. */
export function ip6Protocol(layout: LinkLayout, protocol: number): FilterNode {
  const base = layout.payloadOffset;
  const direct = new FieldNode(base + 6, 1, protocol);
  const behindFragment = and(
    new FieldNode(base + 6, 1, IPPROTO_FRAGMENT),
    new FieldNode(base + 40, 1, protocol),
  );
  return and(etherType(layout, ETHERTYPE_IP6), or(direct, behindFragment));
}

/** The protocol over IPv4 or IPv6. */
export function anyIpProtocol(layout: LinkLayout, protocol: number): FilterNode {
  return or(ipProtocol(layout, protocol), ip6Protocol(layout, protocol));
}

/** The IPv4 packet is whole or its first fragment. */
export function notFragment(layout: LinkLayout): FilterNode {
  return new FieldNode(layout.payloadOffset + 6, 2, 0, 0x1fff);
}

function combine(direction: Direction, source: FilterNode, destination: FilterNode): FilterNode {
  switch (direction) {
    case 'src':
      return source;
    case 'dst':
      return destination;
    case 'src or dst':
      return or(source, destination);
    case 'src and dst':
      return and(source, destination);
  }
}

function ipv4Pair(
  type: FilterNode,
  base: number,
  sourceAt: number,
  destinationAt: number,
  address: number,
  mask: number,
  direction: Direction,
): FilterNode {
  const source = new FieldNode(base + sourceAt, 4, address, mask);
  const destination = new FieldNode(base + destinationAt, 4, address, mask);
  return and(type, combine(direction, source, destination));
}

/** An IPv4 host or network in IPv4 headers (`ip`), ARP or RARP bodies, or any of them (null). */
export function ipv4Address(
  layout: LinkLayout,
  protocol: 'ip' | 'arp' | 'rarp' | null,
  address: number,
  mask: number,
  direction: Direction,
): FilterNode {
  const base = layout.payloadOffset;
  const make = (type: number, sourceAt: number, destinationAt: number): FilterNode =>
    ipv4Pair(etherType(layout, type), base, sourceAt, destinationAt, address, mask, direction);
  const inIp = (): FilterNode => make(ETHERTYPE_IP, 12, 16);
  const inArp = (): FilterNode => make(ETHERTYPE_ARP, 14, 24);
  const inRarp = (): FilterNode => make(ETHERTYPE_RARP, 14, 24);
  if (protocol === 'ip') return inIp();
  if (protocol === 'arp') return inArp();
  if (protocol === 'rarp') return inRarp();
  return or(inIp(), inArp(), inRarp());
}

/** An IPv6 host or network: `words` are the four words of the address, `prefixLength` the bits that count. */
export function ipv6Address(
  layout: LinkLayout,
  words: readonly number[],
  prefixLength: number,
  direction: Direction,
): FilterNode {
  const match = (at: number): FilterNode | null => {
    const tests: FilterNode[] = [];
    for (let i = 0; i < 4; i++) {
      const bits = Math.min(32, prefixLength - i * 32);
      if (bits <= 0) break;
      const mask = (0xffffffff << (32 - bits)) >>> 0;
      tests.push(new FieldNode(layout.payloadOffset + at + i * 4, 4, words[i]!, mask));
    }
    return tests.length === 0 ? null : and(...tests);
  };
  const source = match(8);
  const destination = match(24);
  const type = etherType(layout, ETHERTYPE_IP6);
  if (source === null || destination === null) return type;
  return and(type, combine(direction, source, destination));
}

/** An Ethernet address at the source or destination of the frame. */
export function etherAddress(high16: number, low32: number, direction: Direction): FilterNode {
  const match = (at: number): FilterNode =>
    and(new FieldNode(at + 2, 4, low32), new FieldNode(at, 2, high16));
  return combine(direction, match(6), match(0));
}

/** Ports low to high of `protocol`, or of TCP, UDP and SCTP when it is null, over IPv4 and IPv6. */
export function ports(
  layout: LinkLayout,
  protocol: number | null,
  low: number,
  high: number,
  direction: Direction,
): FilterNode {
  const base = layout.payloadOffset;
  const protocols = protocol === null ? PORT_PROTOCOLS : [protocol];
  const carried = (at: number): FilterNode =>
    or(...protocols.map((each) => new FieldNode(base + at, 1, each)));
  const over4 = and(
    etherType(layout, ETHERTYPE_IP),
    carried(9),
    notFragment(layout),
    combine(direction, new TransportPortNode(base, 0, low, high), new TransportPortNode(base, 2, low, high)),
  );
  const over6 = and(
    etherType(layout, ETHERTYPE_IP6),
    carried(6),
    combine(
      direction,
      new FieldRangeNode(base + 40, 2, low, high),
      new FieldRangeNode(base + 42, 2, low, high),
    ),
  );
  return or(over6, over4);
}

export function etherBroadcast(): FilterNode {
  return etherAddress(0xffff, 0xffffffff, 'dst');
}

export function etherMulticast(): FilterNode {
  return new NotNode(new FieldNode(0, 1, 0, 1));
}

export function ipMulticast(layout: LinkLayout): FilterNode {
  return and(etherType(layout, ETHERTYPE_IP), new FieldRangeNode(layout.payloadOffset + 16, 1, 224, 255));
}

export function ip6Multicast(layout: LinkLayout): FilterNode {
  return and(etherType(layout, ETHERTYPE_IP6), new FieldNode(layout.payloadOffset + 24, 1, 255));
}
