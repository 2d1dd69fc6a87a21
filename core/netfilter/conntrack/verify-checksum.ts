import {
  checksumAddWords,
  checksumFold,
  pseudoHeaderSum,
  pseudoHeaderSum6,
} from '../../../protocols/checksum.ts';
import { PROTO, ipv4Destination, ipv4Source } from '../../../protocols/ipv4.ts';
import { IPV6 } from '../../../protocols/ipv6.ts';
import { CHECKSUM_NONE, CHECKSUM_UNNECESSARY, type Packet } from '../../packet/packet.ts';
import { NF_INET_PRE_ROUTING } from '../hook.ts';
import { AF_INET } from './tuple.ts';
import type { ConntrackTable } from './conntrack-table.ts';

/**
 * nf_checksum, as trackers use it: false when nf_conntrack_checksum is on, the packet came in, and its transport
 * checksum is wrong. A right one is noted on the packet.
 */
export function hasValidChecksum(
  table: ConntrackTable,
  packet: Packet,
  at: number,
  family: number,
  protocol: number,
  hook: number,
): boolean {
  if (packet.ipSummed !== CHECKSUM_NONE || hook !== NF_INET_PRE_ROUTING || table.settings.checksum === 0) {
    return true;
  }
  return isTransportChecksumValid(packet, at, family, protocol);
}

/** Sums the transport header and data, with the pseudo-header where the protocol has one. */
export function isTransportChecksumValid(
  packet: Packet,
  at: number,
  family: number,
  protocol: number,
): boolean {
  if (packet.ipSummed !== CHECKSUM_NONE) return true;
  const length = packet.tail - at;
  const sum = pseudoSum(packet, family, protocol, length);
  if (checksumFold(checksumAddWords(sum, packet.buf, packet.words, at, length)) !== 0xffff) return false;
  packet.ipSummed = CHECKSUM_UNNECESSARY;
  return true;
}

function pseudoSum(packet: Packet, family: number, protocol: number, length: number): number {
  const ip = packet.networkOffset;
  if (family !== AF_INET) {
    return pseudoHeaderSum6(packet.buf, ip + IPV6.SOURCE, ip + IPV6.DESTINATION, protocol, length);
  }
  if (protocol === PROTO.ICMP) return 0;
  return pseudoHeaderSum(ipv4Source(packet.buf, ip), ipv4Destination(packet.buf, ip), protocol, length);
}
