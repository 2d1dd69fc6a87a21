import { CHECKSUM_UNNECESSARY, type Packet } from '../packet/packet.ts';

/** ip_copy_metadata, ip6_copy_metadata: what a piece of a packet has of it, whatever the family. */
export function copyFragmentMetadata(piece: Packet, packet: Packet, headerLength: number): void {
  piece.networkOffset = piece.head;
  piece.transportOffset = piece.head + headerLength;
  piece.protocol = packet.protocol;
  piece.pktType = packet.pktType;
  piece.dev = packet.dev;
  piece.iif = packet.iif;
  piece.mark = packet.mark;
  piece.nfct = packet.nfct;
  piece.ctInfo = packet.ctInfo;
  piece.nfBridge = packet.nfBridge;
  piece.secPath = packet.secPath;
  piece.ipSummed = CHECKSUM_UNNECESSARY;
  piece.id = packet.id;
}
