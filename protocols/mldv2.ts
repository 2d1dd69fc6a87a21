/** MLDv2 listener reports (RFC 3810 section 5.2). Not modelled: queries, source lists, MLDv1. */
import { put16 } from './bytes.ts';
import { ICMPV6, ICMPV6_TYPE } from './icmpv6.ts';
import { IPV6_OPTION } from './ipv6.ts';
import type { Ipv6Address } from './ipv6-address.ts';

/** Offsets in a report, from the ICMPv6 header. */
export const MLDV2_REPORT = { RECORD_COUNT: 6, RECORDS: 8 } as const;

/** Offsets in a multicast address record. */
export const MLDV2_RECORD = { TYPE: 0, AUX_DATA_LENGTH: 1, SOURCE_COUNT: 2, ADDRESS: 4 } as const;

/** Length in bytes of a record without sources. */
export const MLDV2_RECORD_LENGTH = 20;

/** Record types (section 5.2.12). */
export const MLDV2_RECORD_TYPE = {
  MODE_IS_INCLUDE: 1,
  MODE_IS_EXCLUDE: 2,
  CHANGE_TO_INCLUDE: 3,
  CHANGE_TO_EXCLUDE: 4,
  ALLOW_NEW_SOURCES: 5,
  BLOCK_OLD_SOURCES: 6,
} as const;

/** Reports are sent with this hop limit. */
export const MLD_HOP_LIMIT = 1;

/** Length in bytes of the hop-by-hop header with a router alert, which every MLD message carries. */
export const MLD_HOP_BY_HOP_LENGTH = 8;

/** Writes that hop-by-hop header as the kernel lays it out: router alert (MLD), then PadN of two bytes. */
export function writeMldHopByHop(buf: Uint8Array, offset: number, nextHeader: number): void {
  buf[offset] = nextHeader;
  buf[offset + 1] = 0;
  buf[offset + 2] = IPV6_OPTION.ROUTER_ALERT;
  buf[offset + 3] = 2;
  put16(buf, offset + 4, 0);
  buf[offset + 6] = IPV6_OPTION.PADN;
  buf[offset + 7] = 0;
}

/** The length in bytes of a report of so many records without sources. */
export function mldv2ReportLength(records: number): number {
  return MLDV2_REPORT.RECORDS + records * MLDV2_RECORD_LENGTH;
}

/** Writes a report with one record of `recordType` a group; returns its length. The checksum is set afterwards. */
export function writeMldv2Report(
  buf: Uint8Array,
  offset: number,
  groups: readonly Ipv6Address[],
  recordType: number,
): number {
  buf[offset + ICMPV6.TYPE] = ICMPV6_TYPE.MLD2_REPORT;
  buf[offset + ICMPV6.CODE] = 0;
  put16(buf, offset + ICMPV6.CHECKSUM, 0);
  put16(buf, offset + 4, 0);
  put16(buf, offset + MLDV2_REPORT.RECORD_COUNT, groups.length);
  let at = offset + MLDV2_REPORT.RECORDS;
  for (const group of groups) {
    buf[at + MLDV2_RECORD.TYPE] = recordType;
    buf[at + MLDV2_RECORD.AUX_DATA_LENGTH] = 0;
    put16(buf, at + MLDV2_RECORD.SOURCE_COUNT, 0);
    group.write(buf, at + MLDV2_RECORD.ADDRESS);
    at += MLDV2_RECORD_LENGTH;
  }
  return at - offset;
}
