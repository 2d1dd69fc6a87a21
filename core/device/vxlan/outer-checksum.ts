import { get16 } from '../../../protocols/bytes.ts';
import { checksumAdd, checksumAddWords, checksumFold, pseudoHeaderSum } from '../../../protocols/checksum.ts';
import { ETHERTYPE } from '../../../protocols/ethernet.ts';
import {
  IPV4,
  PROTO,
  ipv4Destination,
  ipv4HeaderLength,
  ipv4Source,
  ipv4TotalLength,
  isIpv4Fragment,
} from '../../../protocols/ipv4.ts';
import { UDP } from '../../../protocols/udp.ts';
import { CHECKSUM_UNNECESSARY, type Packet } from '../../packet/packet.ts';

/**
 * The checksum field of the outer UDP header at `udpOffset`, never 0, of a packet whose inner frame starts at
 * `frameOffset`.
 *
 * As the kernel's local checksum offload does (lco_csum), the inner transport segment is not read when its own
 * checksum is known to hold: its words then add up to the complement of its pseudo-header.
 */
export function outerUdpChecksum(
  packet: Packet,
  udpOffset: number,
  frameOffset: number,
  source: number,
  destination: number,
): number {
  const buf = packet.buf;
  const length = packet.tail - udpOffset;
  const sum = pseudoHeaderSum(source, destination, PROTO.UDP, length);
  const segment = packet.ipSummed === CHECKSUM_UNNECESSARY ? checkedSegment(packet, frameOffset) : -1;
  let total: number;
  if (segment >= 0) {
    const ip = frameOffset + 14;
    total = checksumAdd(sum, buf, udpOffset, segment - udpOffset) + segmentSum(buf, ip);
  } else {
    // Two bytes further the frame stands on a word's boundary, as far as headroom is laid out for it.
    const skew = udpOffset & 3;
    const lead = skew === 0 ? 0 : skew === 2 ? 2 : length;
    total = checksumAdd(sum, buf, udpOffset, lead);
    if (lead < length) total = checksumAddWords(total, buf, packet.words, udpOffset + lead, length - lead);
  }
  const check = ~checksumFold(total) & 0xffff;
  return check === 0 ? 0xffff : check;
}

/** Where the inner transport segment starts when it reaches to the packet's end and carries a checksum; else −1. */
function checkedSegment(packet: Packet, frameOffset: number): number {
  const buf = packet.buf;
  const ip = frameOffset + 14;
  if (packet.tail - ip < 28 || get16(buf, frameOffset + 12) !== ETHERTYPE.IPV4) return -1;
  if (isIpv4Fragment(buf, ip) || ip + ipv4TotalLength(buf, ip) !== packet.tail) return -1;
  const segment = ip + ipv4HeaderLength(buf, ip);
  const protocol = buf[ip + IPV4.PROTOCOL]!;
  if (protocol === PROTO.TCP || protocol === PROTO.ICMP) return segment;
  if (protocol !== PROTO.UDP || get16(buf, segment + UDP.CHECKSUM) === 0) return -1;
  return get16(buf, segment + UDP.LENGTH) === packet.tail - segment ? segment : -1;
}

/** What the words of a segment with a right checksum add up to, modulo 0xffff. */
function segmentSum(buf: Uint8Array, ip: number): number {
  const protocol = buf[ip + IPV4.PROTOCOL]!;
  if (protocol === PROTO.ICMP) return 0xffff;
  const length = ipv4TotalLength(buf, ip) - ipv4HeaderLength(buf, ip);
  const pseudo = pseudoHeaderSum(ipv4Source(buf, ip), ipv4Destination(buf, ip), protocol, length);
  return ~checksumFold(pseudo) & 0xffff;
}
