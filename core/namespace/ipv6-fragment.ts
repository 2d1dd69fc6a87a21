import { put16 } from '../../protocols/bytes.ts';
import { ICMPV6_TYPE } from '../../protocols/icmpv6.ts';
import { PROTO } from '../../protocols/ipv4.ts';
import {
  IPV6,
  IPV6_FRAGMENT_LENGTH,
  IPV6_HEADER_LENGTH,
  IPV6_MIN_MTU,
  ipv6ExtensionHeaderLength,
  writeIpv6FragmentHeader,
} from '../../protocols/ipv6.ts';
import { DropReason } from '../packet/drop-reason.ts';
import type { Packet } from '../packet/packet.ts';
import { copyFragmentMetadata } from './fragment-metadata.ts';
import type { NetNamespace } from './net-namespace.ts';

export type FragmentOutput6 = (netns: NetNamespace, fragment: Packet) => void;

/**
 * ip6_fragment: cuts a packet to pieces of at most `mtu` bytes and gives each to `output`, first to last. Only its
 * source may do so; a router does it only to what it has put together itself, in pieces no larger than they came.
 */
export function ip6Fragment(netns: NetNamespace, packet: Packet, mtu: number, output: FragmentOutput6): void {
  const host = netns.host;
  const { buf, networkOffset: at, fragMaxSize } = packet;
  const wasForwarded = packet.iif !== 0 && fragMaxSize === 0;
  if (wasForwarded || fragMaxSize > mtu) {
    host.sizeLog.note('dropped', packet, mtu, packet.dev);
    netns.ipv6!.icmp.sendError(packet, ICMPV6_TYPE.PKT_TOOBIG, 0, mtu);
    host.dropPacket(packet, DropReason.PKT_TOO_BIG, packet.dev);
    return;
  }
  if (fragMaxSize === 0) host.sizeLog.note('fragmented', packet, mtu, packet.dev);
  const limit = fragMaxSize !== 0 ? Math.max(Math.min(mtu, fragMaxSize), IPV6_MIN_MTU) : mtu;
  const unfragmentable = unfragmentableLength(packet);
  const room = (limit - unfragmentable.length - IPV6_FRAGMENT_LENGTH) & ~7;
  if (room < 8) {
    host.dropPacket(packet, DropReason.PKT_TOO_BIG, packet.dev);
    return;
  }
  const { tracer } = host.env;
  if (tracer !== null) tracer.step(netns, packet, { kind: 'fragmented', mtu: limit });
  const dataLength = packet.tail - at - unfragmentable.length;
  const nextHeader = buf[at + unfragmentable.nextHeaderOffset]!;
  const id = netns.ipv6!.nextFragmentId();
  for (let done = 0; done < dataLength;) {
    const left = dataLength - done;
    // The last piece may use the whole MTU, the others a multiple of eight bytes.
    const length = left + unfragmentable.length + IPV6_FRAGMENT_LENGTH <= limit ? left : room;
    const headerLength = unfragmentable.length + IPV6_FRAGMENT_LENGTH;
    const piece = host.pool.alloc(headerLength + length);
    const head = piece.head;
    piece.buf.set(buf.subarray(at, at + unfragmentable.length), head);
    piece.buf[head + unfragmentable.nextHeaderOffset] = PROTO.FRAGMENT;
    put16(piece.buf, head + IPV6.PAYLOAD_LENGTH, headerLength + length - IPV6_HEADER_LENGTH);
    const more = done + length < dataLength;
    writeIpv6FragmentHeader(piece.buf, head + unfragmentable.length, nextHeader, done, more, id);
    const from = at + unfragmentable.length + done;
    piece.buf.set(buf.subarray(from, from + length), head + headerLength);
    copyFragmentMetadata(piece, packet, headerLength);
    piece.route6 = packet.route6;
    output(netns, piece);
    done += length;
  }
  host.consumePacket(packet);
}

/**
 * ip6_find_1stfragopt: the length of the headers every fragment repeats (the fixed one, hop-by-hop, routing and
 * what stands before a routing header), and where the field is that names the header after them.
 */
function unfragmentableLength(packet: Packet): { length: number; nextHeaderOffset: number } {
  const { buf, networkOffset: start } = packet;
  const end = packet.tail - start;
  let found = { length: IPV6_HEADER_LENGTH, nextHeaderOffset: IPV6.NEXT_HEADER as number };
  let at = IPV6_HEADER_LENGTH;
  let protocol = buf[start + IPV6.NEXT_HEADER]!;
  while (at + 8 <= end) {
    const repeats = protocol === PROTO.HOPOPTS || protocol === PROTO.ROUTING;
    if (!repeats && protocol !== PROTO.DSTOPTS) break;
    const headerAt = at;
    at += ipv6ExtensionHeaderLength(buf, start + headerAt, protocol);
    if (at > end) break;
    if (repeats) found = { length: at, nextHeaderOffset: headerAt };
    protocol = buf[start + headerAt]!;
  }
  return found;
}
