import { get16 } from '../../../protocols/bytes.ts';
import { checksumFold, pseudoHeaderSum, pseudoHeaderSum6 } from '../../../protocols/checksum.ts';
import { ETHERTYPE } from '../../../protocols/ethernet.ts';
import {
  IPV4,
  PROTO,
  ipv4Destination,
  ipv4HeaderLength,
  ipv4Source,
  isIpv4Fragment,
} from '../../../protocols/ipv4.ts';
import { IPV6, IPV6_HEADER_LENGTH } from '../../../protocols/ipv6.ts';
import { CHECKSUM_UNNECESSARY, type Packet } from '../../packet/packet.ts';

/** Where TCP and UDP have their checksum. */
const TCP_CHECKSUM = 16;
const UDP_CHECKSUM = 6;

/**
 * Where a packet of this machine's own, whole and of TCP or UDP, has the checksum that a socket leaves to the device
 * (CHECKSUM_PARTIAL); −1 for all others. The frame starts at `head`, its network header 14 bytes on.
 */
export function unfinishedChecksumAt(packet: Packet): number {
  if (packet.iif !== 0 || packet.ipSummed !== CHECKSUM_UNNECESSARY) return -1;
  const { buf } = packet;
  const at = packet.head + 14;
  if (packet.protocol === ETHERTYPE.IPV4) {
    if (isIpv4Fragment(buf, at)) return -1;
    return checksumField(buf, buf[at + IPV4.PROTOCOL]!, at + ipv4HeaderLength(buf, at));
  }
  if (packet.protocol !== ETHERTYPE.IPV6) return -1;
  return checksumField(buf, buf[at + IPV6.NEXT_HEADER]!, at + IPV6_HEADER_LENGTH);
}

/** What stands there until the device has done its work: the sum of the pseudo-header. */
export function unfinishedChecksum(packet: Packet): number {
  const { buf, tail } = packet;
  const at = packet.head + 14;
  if (packet.protocol === ETHERTYPE.IPV4) {
    const length = tail - at - ipv4HeaderLength(buf, at);
    const sum = pseudoHeaderSum(
      ipv4Source(buf, at),
      ipv4Destination(buf, at),
      buf[at + IPV4.PROTOCOL]!,
      length,
    );
    return checksumFold(sum);
  }
  const length = tail - at - IPV6_HEADER_LENGTH;
  const nextHeader = buf[at + IPV6.NEXT_HEADER]!;
  return checksumFold(pseudoHeaderSum6(buf, at + IPV6.SOURCE, at + IPV6.DESTINATION, nextHeader, length));
}

function checksumField(buf: Uint8Array, protocol: number, transport: number): number {
  if (protocol === PROTO.TCP) return transport + TCP_CHECKSUM;
  // Zero: the sender wants none.
  if (protocol === PROTO.UDP && get16(buf, transport + UDP_CHECKSUM) !== 0) return transport + UDP_CHECKSUM;
  return -1;
}
