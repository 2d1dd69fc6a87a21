import { get16, get32, put16, put32 } from '../../protocols/bytes.ts';
import { pseudoHeaderSum, pseudoHeaderSum6 } from '../../protocols/checksum.ts';
import { checksumAddWords, checksumFold } from '../../protocols/checksum.ts';
import { ETHERTYPE } from '../../protocols/ethernet.ts';
import {
  IPV4,
  PROTO,
  ipv4Destination,
  ipv4HeaderLength,
  ipv4Source,
  setIpv4Checksum,
} from '../../protocols/ipv4.ts';
import { IPV6, IPV6_HEADER_LENGTH } from '../../protocols/ipv6.ts';
import {
  CWR,
  FIN,
  PSH,
  TCP_CHECKSUM,
  TCP_DATA_OFFSET,
  TCP_FLAGS,
  TCP_SEQUENCE,
} from '../../protocols/tcp/tcp-header.ts';
import type { PacketPool } from './packet-pool.ts';
import type { Packet } from './packet.ts';

/**
 * Super-packets: TCP segments of one flow in one packet, whose `gsoSize` says how much payload each has.
 * Not modelled: super-packets of UDP, IPv6 extension headers, tunnels (a VXLAN device has its frames cut before).
 */

/** Where the IP header of the frame at `packet.head` is, behind Ethernet and any VLAN tags. */
export function frameNetworkOffset(packet: Packet): number {
  let at = packet.head + 12;
  while (get16(packet.buf, at) === ETHERTYPE.VLAN) at += 4;
  return at + 2;
}

/** Where the TCP header is, from the IP header at `network`. */
export function tcpOffset(buf: Uint8Array, network: number): number {
  return network + (buf[network]! >>> 4 === 4 ? ipv4HeaderLength(buf, network) : IPV6_HEADER_LENGTH);
}

/** Where the TCP payload is, from the TCP header at `tcp`. */
export function tcpPayloadOffset(buf: Uint8Array, tcp: number): number {
  return tcp + ((buf[tcp + TCP_DATA_OFFSET]! >>> 4) << 2);
}

/** Whether the segments of a super-packet fit the MTU (skb_gso_validate_network_len); `networkOffset` must be set. */
export function gsoFitsMtu(packet: Packet, mtu: number): boolean {
  const network = packet.networkOffset;
  const headers = tcpPayloadOffset(packet.buf, tcpOffset(packet.buf, network)) - network;
  return headers + packet.gsoSize <= mtu;
}

/** How many segments a super-packet is cut into (gso_segs). */
export function gsoSegments(packet: Packet, network: number): number {
  const payload = packet.tail - tcpPayloadOffset(packet.buf, tcpOffset(packet.buf, network));
  return Math.ceil(payload / packet.gsoSize);
}

/** Bytes that a super-packet grows by when it is cut into `segments`: their headers, from `packet.head` on. */
export function gsoHeaderBytes(packet: Packet, network: number, segments: number): number {
  return (segments - 1) * (tcpPayloadOffset(packet.buf, tcpOffset(packet.buf, network)) - packet.head);
}

/**
 * One segment of a super-packet as a packet of its own (tcp_gso_segment, inet_gso_segment): all from `packet.head` to
 * the payload is copied; lengths, IP identification, sequence number, flags and checksums become the segment's.
 * FIN and PSH stay with the last one, CWR with the first. The super-packet is left as it is.
 */
export function gsoSegment(pool: PacketPool, packet: Packet, network: number, index: number): Packet {
  const { buf, head } = packet;
  const tcp = tcpOffset(buf, network);
  const payload = tcpPayloadOffset(buf, tcp);
  const from = index * packet.gsoSize;
  const length = Math.min(packet.gsoSize, packet.tail - payload - from);
  // Laid out as a packet that TCP sends: its header starts at a multiple of four, the others are before it.
  const segment = pool.alloc(payload - tcp + length);
  const newTcp = segment.head;
  segment.head = newTcp - (tcp - head);
  pool.copyMetadata(segment, packet);
  copy(segment, segment.head, buf, head, payload - head);
  copy(segment, newTcp + (payload - tcp), buf, payload + from, length);
  segment.gsoSize = 0;
  segment.networkOffset = newTcp - (tcp - network);
  segment.transportOffset = newTcp;
  segment.macOffset = packet.macOffset < 0 ? -1 : segment.head;
  const isLast = payload + from + length === packet.tail;
  setNetworkHeader(segment, index);
  setTcpHeader(segment, from, index === 0, isLast);
  return segment;
}

/** Writes the TCP checksum of a packet from its bytes; both header offsets must be set. */
export function setTcpChecksum(packet: Packet): void {
  const { buf, networkOffset: at, transportOffset: tcp } = packet;
  const length = packet.tail - tcp;
  const isIpv4 = buf[at]! >>> 4 === 4;
  const pseudo = isIpv4
    ? pseudoHeaderSum(ipv4Source(buf, at), ipv4Destination(buf, at), PROTO.TCP, length)
    : pseudoHeaderSum6(buf, at + IPV6.SOURCE, at + IPV6.DESTINATION, PROTO.TCP, length);
  put16(buf, tcp + TCP_CHECKSUM, 0);
  const sum = checksumAddWords(pseudo, buf, packet.words, tcp, length);
  put16(buf, tcp + TCP_CHECKSUM, ~checksumFold(sum) & 0xffff);
}

/** Writes the length that the packet has now into its IP header. */
export function setNetworkLength(packet: Packet): void {
  const { buf, networkOffset: at } = packet;
  if (buf[at]! >>> 4 === 4) {
    put16(buf, at + IPV4.TOTAL_LENGTH, packet.tail - at);
    setIpv4Checksum(buf, at);
  } else {
    put16(buf, at + IPV6.PAYLOAD_LENGTH, packet.tail - at - IPV6_HEADER_LENGTH);
  }
}

function setNetworkHeader(segment: Packet, index: number): void {
  const { buf, networkOffset: at } = segment;
  if (buf[at]! >>> 4 === 4) put16(buf, at + IPV4.ID, (get16(buf, at + IPV4.ID) + index) & 0xffff);
  setNetworkLength(segment);
}

function setTcpHeader(segment: Packet, from: number, isFirst: boolean, isLast: boolean): void {
  const { buf, transportOffset: tcp } = segment;
  put32(buf, tcp + TCP_SEQUENCE, (get32(buf, tcp + TCP_SEQUENCE) + from) >>> 0);
  if (!isLast) buf[tcp + TCP_FLAGS]! &= ~(FIN | PSH);
  if (!isFirst) buf[tcp + TCP_FLAGS]! &= ~CWR;
  setTcpChecksum(segment);
}

function copy(to: Packet, at: number, from: Uint8Array, start: number, length: number): void {
  to.buf.set(from.subarray(start, start + length), at);
}
