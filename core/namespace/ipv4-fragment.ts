import { get16, put16 } from '../../protocols/bytes.ts';
import {
  IPV4,
  IPV4_FLAG,
  IPV4_OPTION,
  IPV4_OPTION_COPIED,
  hasIpv4DontFragment,
  ipv4HeaderLength,
  setIpv4Checksum,
} from '../../protocols/ipv4.ts';
import { ICMP_TYPE, ICMP_UNREACH } from '../../protocols/icmp.ts';
import { DropReason } from '../packet/drop-reason.ts';
import type { Packet } from '../packet/packet.ts';
import { copyFragmentMetadata } from './fragment-metadata.ts';
import type { NetNamespace } from './net-namespace.ts';

export type FragmentOutput = (netns: NetNamespace, fragment: Packet) => void;

/**
 * ip_fragment: cuts a datagram to pieces of at most `mtu` bytes and gives each to `output`, first to last. One
 * that must not be fragmented is answered with "fragmentation needed". A datagram that was reassembled here
 * leaves in pieces no larger than those it came in.
 */
export function ipFragment(netns: NetNamespace, packet: Packet, mtu: number, output: FragmentOutput): void {
  const fragMaxSize = packet.fragMaxSize;
  const dontFragment = hasIpv4DontFragment(packet.buf, packet.networkOffset);
  if (dontFragment && (fragMaxSize === 0 || fragMaxSize > mtu)) {
    netns.host.sizeLog.note('dropped', packet, mtu, packet.dev);
    netns.ipv4.icmp.sendError(packet, ICMP_TYPE.DEST_UNREACH, ICMP_UNREACH.FRAG_NEEDED, mtu);
    netns.host.dropPacket(packet, DropReason.FRAG_NEEDED, packet.dev);
    return;
  }
  doFragment(netns, packet, mtu, output);
}

/** ip_do_fragment, whatever DF says (local senders with ignore_df, and bridges). */
export function doFragment(netns: NetNamespace, packet: Packet, mtu: number, output: FragmentOutput): void {
  const host = netns.host;
  // What came in pieces leaves in pieces: it is not too long.
  if (packet.fragMaxSize === 0) host.sizeLog.note('fragmented', packet, mtu, packet.dev);
  packet.seal();
  const limit = packet.fragMaxSize !== 0 ? Math.min(mtu, packet.fragMaxSize) : mtu;
  const buf = packet.buf;
  const at = packet.networkOffset;
  const headerLength = ipv4HeaderLength(buf, at);
  const dataLength = packet.tail - at - headerLength;
  const fragmentWord = get16(buf, at + IPV4.FLAGS_FRAGMENT);
  const pieceLength = (limit - headerLength) & ~7;
  if (pieceLength < 8) {
    host.dropPacket(packet, DropReason.PKT_TOO_BIG, packet.dev);
    return;
  }
  const { tracer } = host.env;
  if (tracer !== null) tracer.step(netns, packet, { kind: 'fragmented', mtu: limit });
  const keepDf = packet.fragHadDf ? IPV4_FLAG.DF : 0;
  let done = 0;
  while (done < dataLength) {
    const left = dataLength - done;
    // The last piece may use the whole MTU, the others a multiple of eight bytes.
    const length = left <= limit - headerLength ? left : pieceLength;
    const piece = host.pool.alloc(headerLength + length);
    const head = piece.head;
    piece.buf.set(buf.subarray(at, at + headerLength), head);
    const from = at + headerLength + done;
    piece.buf.set(buf.subarray(from, from + length), head + headerLength);
    if (done > 0) blankOptions(piece.buf, head, headerLength);
    const more = done + length < dataLength || (fragmentWord & IPV4_FLAG.MF) !== 0 ? IPV4_FLAG.MF : 0;
    const offset = (fragmentWord & IPV4_FLAG.OFFSET_MASK) + (done >>> 3);
    put16(piece.buf, head + IPV4.FLAGS_FRAGMENT, keepDf | more | offset);
    put16(piece.buf, head + IPV4.TOTAL_LENGTH, headerLength + length);
    setIpv4Checksum(piece.buf, head);
    copyMetadata(piece, packet, headerLength);
    output(netns, piece);
    done += length;
  }
  host.consumePacket(packet);
}

/** ip_copy_metadata. */
function copyMetadata(piece: Packet, packet: Packet, headerLength: number): void {
  copyFragmentMetadata(piece, packet, headerLength);
  piece.route = packet.route;
  piece.ipvsProperty = packet.ipvsProperty;
  piece.xfrmTransformed = packet.xfrmTransformed;
  piece.flowHash = packet.flowHash;
}

/** ip_options_fragment: options that are not copied into every fragment become NOOPs in the later ones. */
function blankOptions(buf: Uint8Array, head: number, headerLength: number): void {
  let at = IPV4.OPTIONS;
  while (at < headerLength) {
    const type = buf[head + at]!;
    if (type === IPV4_OPTION.END) return;
    if (type === IPV4_OPTION.NOOP) {
      at++;
      continue;
    }
    const length = buf[head + at + 1] ?? 0;
    if (length < 2 || at + length > headerLength) return;
    if ((type & IPV4_OPTION_COPIED) === 0) buf.fill(IPV4_OPTION.NOOP, head + at, head + at + length);
    at += length;
  }
}
