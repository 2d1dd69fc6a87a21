import { get16, get32 } from '../../../protocols/bytes.ts';
import { ICMP, ICMP_HEADER_LENGTH, ICMP_TYPE } from '../../../protocols/icmp.ts';
import { ICMPV6_TYPE } from '../../../protocols/icmpv6.ts';
import {
  IPV4,
  IPV4_HEADER_LENGTH,
  PROTO,
  ipv4FragmentOffset,
  ipv4HeaderLength,
} from '../../../protocols/ipv4.ts';
import { IPV6, IPV6_FRAGMENT, IPV6_FRAGMENT_FLAG, IPV6_HEADER_LENGTH } from '../../../protocols/ipv6.ts';
import { AF_INET, AF_INET6, type Tuple } from './tuple.ts';

/** UDP-Lite and DCCP, which have ports where UDP has them. */
export const PROTO_DCCP = 33;
export const PROTO_UDPLITE = 136;

/**
 * Fills `tuple` from the packet whose IP header is at `offset` and that ends at `end` (nf_ct_get_tuplepr); its zone
 * is left alone. Returns the offset of the transport header, −1 when there is no tuple to be had.
 */
export function readTuple(
  buf: Uint8Array,
  offset: number,
  end: number,
  family: number,
  tuple: Tuple,
): number {
  const at = family === AF_INET ? readIpv4(buf, offset, end, tuple) : readIpv6(buf, offset, end, tuple);
  return at >= 0 && readParts(buf, at, end, tuple) ? at : -1;
}

/** The tuple of the answers to `tuple` (nf_ct_invert_tuple); false when none can be. */
export function invertTuple(tuple: Tuple, into: Tuple): boolean {
  into.family = tuple.family;
  into.protocol = tuple.protocol;
  into.zone = tuple.zone;
  into.src = tuple.dst;
  into.src0 = tuple.dst0;
  into.src1 = tuple.dst1;
  into.src2 = tuple.dst2;
  into.dst = tuple.src;
  into.dst0 = tuple.src0;
  into.dst1 = tuple.src1;
  into.dst2 = tuple.src2;
  if (tuple.protocol === PROTO.ICMP || tuple.protocol === PROTO.ICMPV6) {
    const type = tuple.dstPart >>> 8;
    const answer = tuple.protocol === PROTO.ICMP ? invertIcmpType(type) : invertIcmpv6Type(type);
    into.srcPart = tuple.srcPart;
    into.dstPart = (answer << 8) | (tuple.dstPart & 0xff);
    return answer >= 0;
  }
  into.srcPart = tuple.dstPart;
  into.dstPart = tuple.srcPart;
  return true;
}

/** Whether the protocol's parts are ports, which NAT may change. */
export function hasPorts(protocol: number): boolean {
  switch (protocol) {
    case PROTO.TCP:
    case PROTO.UDP:
    case PROTO.SCTP:
    case PROTO_UDPLITE:
    case PROTO_DCCP:
      return true;
    default:
      return false;
  }
}

function readIpv4(buf: Uint8Array, offset: number, end: number, tuple: Tuple): number {
  if (end - offset < IPV4_HEADER_LENGTH) return -1;
  if (ipv4FragmentOffset(buf, offset) !== 0) return -1;
  const at = offset + ipv4HeaderLength(buf, offset);
  if (at > end) return -1;
  tuple.family = AF_INET;
  tuple.protocol = buf[offset + IPV4.PROTOCOL]!;
  tuple.src = get32(buf, offset + IPV4.SOURCE) | 0;
  tuple.dst = get32(buf, offset + IPV4.DESTINATION) | 0;
  return at;
}

function readIpv6(buf: Uint8Array, offset: number, end: number, tuple: Tuple): number {
  if (end - offset < IPV6_HEADER_LENGTH) return -1;
  tuple.family = AF_INET6;
  const source = offset + IPV6.SOURCE;
  tuple.src0 = get32(buf, source) | 0;
  tuple.src1 = get32(buf, source + 4) | 0;
  tuple.src2 = get32(buf, source + 8) | 0;
  tuple.src = get32(buf, source + 12) | 0;
  const destination = offset + IPV6.DESTINATION;
  tuple.dst0 = get32(buf, destination) | 0;
  tuple.dst1 = get32(buf, destination + 4) | 0;
  tuple.dst2 = get32(buf, destination + 8) | 0;
  tuple.dst = get32(buf, destination + 12) | 0;
  let protocol = buf[offset + IPV6.NEXT_HEADER]!;
  let at = offset + IPV6_HEADER_LENGTH;
  // ipv6_skip_exthdr: to the first header that is no extension.
  while (isExtension(protocol)) {
    if (at + 8 > end) return -1;
    if (protocol === PROTO.FRAGMENT) {
      const word = get16(buf, at + IPV6_FRAGMENT.OFFSET_FLAGS);
      if ((word & IPV6_FRAGMENT_FLAG.OFFSET_MASK) !== 0) return -1;
      protocol = buf[at]!;
      at += 8;
      continue;
    }
    const length = protocol === PROTO.AH ? (buf[at + 1]! + 2) << 2 : (buf[at + 1]! + 1) << 3;
    protocol = buf[at]!;
    at += length;
  }
  if (at > end || protocol === PROTO.NONE) return -1;
  tuple.protocol = protocol;
  return at;
}

function isExtension(protocol: number): boolean {
  switch (protocol) {
    case PROTO.HOPOPTS:
    case PROTO.ROUTING:
    case PROTO.FRAGMENT:
    case PROTO.AH:
    case PROTO.DSTOPTS:
      return true;
    default:
      return false;
  }
}

function readParts(buf: Uint8Array, at: number, end: number, tuple: Tuple): boolean {
  if (tuple.protocol === PROTO.ICMP || tuple.protocol === PROTO.ICMPV6) {
    if (at + ICMP_HEADER_LENGTH > end) return false;
    tuple.srcPart = get16(buf, at + ICMP.ID);
    tuple.dstPart = get16(buf, at + ICMP.TYPE);
    return true;
  }
  if (!hasPorts(tuple.protocol)) {
    tuple.srcPart = 0;
    tuple.dstPart = 0;
    return true;
  }
  if (at + 4 > end) return false;
  tuple.srcPart = get16(buf, at);
  tuple.dstPart = get16(buf, at + 2);
  return true;
}

/** The type that answers a type, −1 for types without (nf_conntrack_proto_icmp.c invmap). */
function invertIcmpType(type: number): number {
  switch (type) {
    case ICMP_TYPE.ECHO:
      return ICMP_TYPE.ECHOREPLY;
    case ICMP_TYPE.ECHOREPLY:
      return ICMP_TYPE.ECHO;
    case ICMP_TYPE.TIMESTAMP:
      return ICMP_TYPE.TIMESTAMPREPLY;
    case ICMP_TYPE.TIMESTAMPREPLY:
      return ICMP_TYPE.TIMESTAMP;
    case ICMP_TYPE.INFO_REQUEST:
      return ICMP_TYPE.INFO_REPLY;
    case ICMP_TYPE.INFO_REPLY:
      return ICMP_TYPE.INFO_REQUEST;
    case ICMP_TYPE.ADDRESS:
      return ICMP_TYPE.ADDRESSREPLY;
    case ICMP_TYPE.ADDRESSREPLY:
      return ICMP_TYPE.ADDRESS;
    default:
      return -1;
  }
}

/** Node information (RFC 4620). */
const ICMPV6_NI_QUERY = 139;
const ICMPV6_NI_REPLY = 140;

function invertIcmpv6Type(type: number): number {
  switch (type) {
    case ICMPV6_TYPE.ECHO_REQUEST:
      return ICMPV6_TYPE.ECHO_REPLY;
    case ICMPV6_TYPE.ECHO_REPLY:
      return ICMPV6_TYPE.ECHO_REQUEST;
    case ICMPV6_NI_QUERY:
      return ICMPV6_NI_REPLY;
    case ICMPV6_NI_REPLY:
      return ICMPV6_NI_QUERY;
    default:
      return -1;
  }
}
