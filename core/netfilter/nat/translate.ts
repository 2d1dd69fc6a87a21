import { get16, get32, put16, put32 } from '../../../protocols/bytes.ts';
import { checksumReplace16, checksumReplace32 } from '../../../protocols/checksum.ts';
import { crc32c } from '../../../protocols/crc32c.ts';
import { ICMP, ICMP_TYPE, isIcmpError } from '../../../protocols/icmp.ts';
import { ICMPV6, ICMPV6_TYPE } from '../../../protocols/icmpv6.ts';
import { IPV4, PROTO } from '../../../protocols/ipv4.ts';
import { IPV6 } from '../../../protocols/ipv6.ts';
import { TCP_CHECKSUM, TCP_HEADER_BYTES } from '../../../protocols/tcp/tcp-header.ts';
import { PROTO_DCCP, PROTO_UDPLITE } from '../conntrack/read-tuple.ts';
import { AF_INET, type Tuple } from '../conntrack/tuple.ts';
import { NF_NAT_MANIP_SRC } from './nat-range.ts';

const UDP_CHECKSUM = 6;
const UDP_HEADER_LENGTH = 8;
const SCTP_CHECKSUM = 8;
const SCTP_HEADER_LENGTH = 12;
const DCCP_CHECKSUM = 6;

/**
 * nf_nat_ipv4_manip_pkt, nf_nat_ipv6_manip_pkt: writes the source (or destination) of `target` into the packet whose
 * IP header is at `ip` and whose transport header is at `at`; it ends at `end`. Checksums are updated by what
 * changed. The packet may be one that an ICMP error quotes, cut short: then its checksum may not be there.
 */
export function translate(
  buf: Uint8Array,
  ip: number,
  at: number,
  end: number,
  target: Tuple,
  manip: number,
): void {
  translateTransport(buf, ip, at, end, target, manip);
  if (target.family !== AF_INET) {
    writeIpv6(buf, ip, target, manip);
    return;
  }
  const offset = ip + (manip === NF_NAT_MANIP_SRC ? IPV4.SOURCE : IPV4.DESTINATION);
  const address = (manip === NF_NAT_MANIP_SRC ? target.src : target.dst) >>> 0;
  const check = get16(buf, ip + IPV4.CHECKSUM);
  put16(buf, ip + IPV4.CHECKSUM, checksumReplace32(check, get32(buf, offset), address));
  put32(buf, offset, address);
}

/** l4proto_manip_pkt; the addresses in the IP header are still the old ones. */
function translateTransport(
  buf: Uint8Array,
  ip: number,
  at: number,
  end: number,
  target: Tuple,
  manip: number,
): void {
  switch (target.protocol) {
    case PROTO.TCP: {
      const isWhole = at + TCP_HEADER_BYTES <= end;
      replacePort(buf, ip, at, isWhole ? at + TCP_CHECKSUM : -1, target, manip);
      return;
    }
    case PROTO.UDP:
    case PROTO_UDPLITE: {
      if (at + UDP_HEADER_LENGTH > end) return;
      const check = at + UDP_CHECKSUM;
      // No checksum stays none; one that comes out as zero is written as its complement (RFC 768).
      const isPresent = get16(buf, check) !== 0 || target.protocol === PROTO_UDPLITE;
      replacePort(buf, ip, at, isPresent ? check : -1, target, manip);
      if (isPresent && get16(buf, check) === 0) put16(buf, check, 0xffff);
      return;
    }
    case PROTO_DCCP:
      replacePort(buf, ip, at, at + DCCP_CHECKSUM + 2 <= end ? at + DCCP_CHECKSUM : -1, target, manip);
      return;
    case PROTO.SCTP:
      replacePort(buf, ip, at, -1, target, manip);
      if (at + SCTP_HEADER_LENGTH <= end) writeSctpChecksum(buf, at, end);
      return;
    case PROTO.ICMP:
      replaceIcmpId(buf, at, target);
      return;
    case PROTO.ICMPV6:
      replaceIcmpv6Id(buf, ip, at, target, manip);
      return;
    default:
      return;
  }
}

/** The port at `at` (source) or `at + 2`, and the checksum at `checkAt` (−1 for none) with ports and addresses. */
function replacePort(
  buf: Uint8Array,
  ip: number,
  at: number,
  checkAt: number,
  target: Tuple,
  manip: number,
): void {
  const source = manip === NF_NAT_MANIP_SRC;
  const portAt = source ? at : at + 2;
  const port = source ? target.srcPart : target.dstPart;
  if (checkAt >= 0) {
    const check = replaceAddresses(get16(buf, checkAt), buf, ip, target, manip);
    put16(buf, checkAt, checksumReplace16(check, get16(buf, portAt), port));
  }
  put16(buf, portAt, port);
}

/** A checksum over a pseudo-header, after the address in it has changed. */
function replaceAddresses(check: number, buf: Uint8Array, ip: number, target: Tuple, manip: number): number {
  const source = manip === NF_NAT_MANIP_SRC;
  if (target.family === AF_INET) {
    const offset = ip + (source ? IPV4.SOURCE : IPV4.DESTINATION);
    return checksumReplace32(check, get32(buf, offset), (source ? target.src : target.dst) >>> 0);
  }
  const offset = ip + (source ? IPV6.SOURCE : IPV6.DESTINATION);
  let updated = checksumReplace32(check, get32(buf, offset), (source ? target.src0 : target.dst0) >>> 0);
  updated = checksumReplace32(updated, get32(buf, offset + 4), (source ? target.src1 : target.dst1) >>> 0);
  updated = checksumReplace32(updated, get32(buf, offset + 8), (source ? target.src2 : target.dst2) >>> 0);
  return checksumReplace32(updated, get32(buf, offset + 12), (source ? target.src : target.dst) >>> 0);
}

function replaceIcmpId(buf: Uint8Array, at: number, target: Tuple): void {
  const type = buf[at]!;
  if (isIcmpError(type) || type > ICMP_TYPE.ADDRESSREPLY) return;
  const check = get16(buf, at + ICMP.CHECKSUM);
  put16(buf, at + ICMP.CHECKSUM, checksumReplace16(check, get16(buf, at + ICMP.ID), target.srcPart));
  put16(buf, at + ICMP.ID, target.srcPart);
}

/** ICMPv6 sums a pseudo-header, so that the address counts for any type. */
function replaceIcmpv6Id(buf: Uint8Array, ip: number, at: number, target: Tuple, manip: number): void {
  let check = replaceAddresses(get16(buf, at + ICMPV6.CHECKSUM), buf, ip, target, manip);
  const type = buf[at]!;
  if (type === ICMPV6_TYPE.ECHO_REQUEST || type === ICMPV6_TYPE.ECHO_REPLY) {
    check = checksumReplace16(check, get16(buf, at + ICMPV6.ID), target.srcPart);
    put16(buf, at + ICMPV6.ID, target.srcPart);
  }
  put16(buf, at + ICMPV6.CHECKSUM, check);
}

function writeSctpChecksum(buf: Uint8Array, at: number, end: number): void {
  put32(buf, at + SCTP_CHECKSUM, 0);
  const crc = crc32c(buf, at, end - at);
  for (let i = 0; i < 4; i++) buf[at + SCTP_CHECKSUM + i] = crc >>> (8 * i);
}

function writeIpv6(buf: Uint8Array, ip: number, target: Tuple, manip: number): void {
  const source = manip === NF_NAT_MANIP_SRC;
  const offset = ip + (source ? IPV6.SOURCE : IPV6.DESTINATION);
  put32(buf, offset, (source ? target.src0 : target.dst0) >>> 0);
  put32(buf, offset + 4, (source ? target.src1 : target.dst1) >>> 0);
  put32(buf, offset + 8, (source ? target.src2 : target.dst2) >>> 0);
  put32(buf, offset + 12, (source ? target.src : target.dst) >>> 0);
}
