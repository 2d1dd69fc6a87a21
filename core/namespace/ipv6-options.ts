import { ICMPV6_PARAMPROB, ICMPV6_TYPE } from '../../protocols/icmpv6.ts';
import { IPV6, IPV6_OPTION } from '../../protocols/ipv6.ts';
import { DropReason } from '../packet/drop-reason.ts';
import type { Packet } from '../packet/packet.ts';
import type { NetNamespace } from './net-namespace.ts';

/** What an option's two high bits ask of a node that does not know it (RFC 8200 section 4.2). */
const SKIP = 0;
const DISCARD = 1;
const DISCARD_UNLESS_MULTICAST = 3;
/** Padding longer than this is refused (RFC 4942 section 2.1.9.5, ip6_parse_tlv). */
const MAX_PADDING = 7;

/**
 * ip6_parse_tlv: looks through the hop-by-hop or destination options header at `at` (from the start of the fixed
 * header). Returns 0 when the packet may go on, else the reason of its drop; its sender was told where asked for.
 */
export function optionsError(netns: NetNamespace, packet: Packet, at: number): number {
  const { buf, networkOffset: start, tail } = packet;
  const header = start + at;
  if (header + 8 > tail) return DropReason.IPV6_EXTENSION_HEADER;
  const end = header + ((buf[header + 1]! + 1) << 3);
  if (end > tail) return DropReason.IPV6_EXTENSION_HEADER;
  let option = header + 2;
  let padding = 0;
  while (option < end) {
    const type = buf[option]!;
    if (type === IPV6_OPTION.PAD1) {
      option++;
      if (++padding > MAX_PADDING) return DropReason.IPV6_EXTENSION_HEADER;
      continue;
    }
    if (option + 2 > end) return DropReason.IPV6_EXTENSION_HEADER;
    const length = buf[option + 1]! + 2;
    if (option + length > end) return DropReason.IPV6_EXTENSION_HEADER;
    if (type === IPV6_OPTION.PADN) {
      padding += length;
      if (padding > MAX_PADDING || !isZero(buf, option + 2, option + length)) {
        return DropReason.IPV6_EXTENSION_HEADER;
      }
    } else {
      padding = 0;
      const isKnown = type === IPV6_OPTION.ROUTER_ALERT && length === 4;
      if (!isKnown && refuses(netns, packet, type, option - start)) return DropReason.IPV6_EXTENSION_HEADER;
    }
    option += length;
  }
  return 0;
}

/** ip6_tlvopt_unknown. */
function refuses(netns: NetNamespace, packet: Packet, type: number, pointer: number): boolean {
  const action = type >>> 6;
  if (action === SKIP) return false;
  if (action === DISCARD) return true;
  const isMulticast = packet.buf[packet.networkOffset + IPV6.DESTINATION] === 0xff;
  if (action === DISCARD_UNLESS_MULTICAST && isMulticast) return true;
  netns.ipv6!.icmp.sendError(packet, ICMPV6_TYPE.PARAMPROB, ICMPV6_PARAMPROB.UNK_OPTION, pointer);
  return true;
}

function isZero(buf: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (buf[i] !== 0) return false;
  return true;
}
