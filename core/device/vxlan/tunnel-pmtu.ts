import { put16 } from '../../../protocols/bytes.ts';
import { ETHERTYPE, macHigh16, macLow32 } from '../../../protocols/ethernet.ts';
import { ICMP_TYPE, ICMP_UNREACH, isIcmpError, writeIcmpError } from '../../../protocols/icmp.ts';
import {
  IPV4,
  IPV4_FLAG,
  PROTO,
  ipv4Destination,
  ipv4HeaderLength,
  ipv4Source,
  writeIpv4Header,
} from '../../../protocols/ipv4.ts';
import { get16 } from '../../../protocols/bytes.ts';
import {
  isLimitedBroadcast,
  isLoopbackAddress,
  isMulticastAddress,
  isZeronet,
} from '../../namespace/ipv4-address-class.ts';
import { CHECKSUM_UNNECESSARY, PACKET_HOST, type Packet } from '../../packet/packet.ts';

/** An error quotes so much that it fits in 576 bytes with its own headers. */
const MAX_QUOTE = 576 - 28;
const MIN_MTU = 576;

/**
 * skb_tunnel_check_pmtu (net/ipv4/ip_tunnel_core.c) for a frame that is bridged into a tunnel: whether the inner packet
 * is longer than `mtu` and must not be fragmented, so that its sender is to be told.
 * Not modelled: the same for IPv6 (packet too big).
 */
export function needsFragmentation(packet: Packet, mtu: number): boolean {
  const ip = packet.head + 14;
  if (packet.tail - ip <= mtu || packet.gsoSize !== 0 || packet.pktType === PACKET_HOST) return false;
  return get16(packet.buf, packet.head + 12) === ETHERTYPE.IPV4 && mayAnswer(packet, ip, mtu);
}

/**
 * Turns such a frame into the "fragmentation needed" that its sender is to get (iptunnel_pmtud_build_icmp). The error
 * claims to come from the packet's destination.
 */
export function turnIntoFragmentationNeeded(packet: Packet, mtu: number): void {
  const buf = packet.buf;
  const frame = packet.head;
  const ip = frame + 14;
  const source = ipv4Source(buf, ip);
  const destination = ipv4Destination(buf, ip);
  const ttl = buf[ip + IPV4.TTL]!;
  const quoted = Math.min(packet.tail - ip, MAX_QUOTE);
  const destinationHigh = macHigh16(buf, frame);
  const destinationLow = macLow32(buf, frame);
  const sourceHigh = macHigh16(buf, frame + 6);
  const sourceLow = macLow32(buf, frame + 6);
  packet.tail = ip + quoted;
  const icmp = ip - 8;
  writeIcmpError(buf, icmp, 8 + quoted, ICMP_TYPE.DEST_UNREACH, ICMP_UNREACH.FRAG_NEEDED, mtu);
  const head = icmp - 20;
  writeIpv4Header(buf, head, 0, 28 + quoted, 0, IPV4_FLAG.DF, ttl, PROTO.ICMP, destination, source);
  packet.head = head - 14;
  putMac(buf, packet.head, sourceHigh, sourceLow);
  putMac(buf, packet.head + 6, destinationHigh, destinationLow);
  put16(buf, packet.head + 12, ETHERTYPE.IPV4);
  packet.ipSummed = CHECKSUM_UNNECESSARY;
  packet.flowHash = 0;
}

function mayAnswer(packet: Packet, ip: number, mtu: number): boolean {
  const buf = packet.buf;
  if (mtu < MIN_MTU || get16(buf, ip + IPV4.FLAGS_FRAGMENT) !== IPV4_FLAG.DF) return false;
  const source = ipv4Source(buf, ip);
  const destination = ipv4Destination(buf, ip);
  if (isLimitedBroadcast(destination) || isMulticastAddress(destination)) return false;
  if (isZeronet(source) || isLoopbackAddress(source) || isLimitedBroadcast(source)) return false;
  if (isMulticastAddress(source)) return false;
  return buf[ip + IPV4.PROTOCOL] !== PROTO.ICMP || !isIcmpError(buf[ip + ipv4HeaderLength(buf, ip)]!);
}

function putMac(buf: Uint8Array, offset: number, high: number, low: number): void {
  put16(buf, offset, high);
  put16(buf, offset + 2, low >>> 16);
  put16(buf, offset + 4, low & 0xffff);
}
