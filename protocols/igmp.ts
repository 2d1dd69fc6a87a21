/** IGMP (RFC 2236, RFC 3376): what a host sends when it joins or leaves a group. Not modelled: source lists. */
import { put16, put32 } from './bytes.ts';
import { checksum } from './checksum.ts';

/** Offsets in an IGMPv2 message, and in queries of either version. */
export const IGMP = { TYPE: 0, MAX_RESPONSE_TIME: 1, CHECKSUM: 2, GROUP: 4 } as const;

/** Offsets in an IGMPv3 report, and in each of its group records. */
export const IGMPV3_REPORT = { RECORD_COUNT: 6, RECORDS: 8 } as const;
export const IGMPV3_RECORD = { TYPE: 0, AUX_DATA_LENGTH: 1, SOURCE_COUNT: 2, GROUP: 4 } as const;

/** Lengths in bytes: an IGMPv2 message, and an IGMPv3 record without sources. */
export const IGMP_LENGTH = 8;
export const IGMPV3_RECORD_LENGTH = 8;

/** Message types (include/uapi/linux/igmp.h). */
export const IGMP_TYPE = {
  MEMBERSHIP_QUERY: 0x11,
  V1_MEMBERSHIP_REPORT: 0x12,
  V2_MEMBERSHIP_REPORT: 0x16,
  LEAVE_MESSAGE: 0x17,
  V3_MEMBERSHIP_REPORT: 0x22,
} as const;

/** Record types of an IGMPv3 report (RFC 3376 section 4.2.12). */
export const IGMPV3_RECORD_TYPE = {
  MODE_IS_INCLUDE: 1,
  MODE_IS_EXCLUDE: 2,
  CHANGE_TO_INCLUDE: 3,
  CHANGE_TO_EXCLUDE: 4,
} as const;

/** 224.0.0.22, where IGMPv3 reports go. */
export const IGMPV3_ROUTERS = 0xe0000016;

/** Writes an IGMPv2 report or leave of IGMP_LENGTH bytes, checksum included. */
export function writeIgmp(buf: Uint8Array, offset: number, type: number, group: number): void {
  buf[offset + IGMP.TYPE] = type;
  buf[offset + IGMP.MAX_RESPONSE_TIME] = 0;
  put16(buf, offset + IGMP.CHECKSUM, 0);
  put32(buf, offset + IGMP.GROUP, group);
  put16(buf, offset + IGMP.CHECKSUM, checksum(buf, offset, IGMP_LENGTH));
}

/** Writes an IGMPv3 report with one record of `recordType` a group, checksum included; returns its length. */
export function writeIgmpv3Report(
  buf: Uint8Array,
  offset: number,
  groups: readonly number[],
  recordType: number,
): number {
  const length = IGMPV3_REPORT.RECORDS + groups.length * IGMPV3_RECORD_LENGTH;
  buf[offset + IGMP.TYPE] = IGMP_TYPE.V3_MEMBERSHIP_REPORT;
  buf[offset + 1] = 0;
  put16(buf, offset + IGMP.CHECKSUM, 0);
  put16(buf, offset + 4, 0);
  put16(buf, offset + IGMPV3_REPORT.RECORD_COUNT, groups.length);
  let at = offset + IGMPV3_REPORT.RECORDS;
  for (const group of groups) {
    buf[at + IGMPV3_RECORD.TYPE] = recordType;
    buf[at + IGMPV3_RECORD.AUX_DATA_LENGTH] = 0;
    put16(buf, at + IGMPV3_RECORD.SOURCE_COUNT, 0);
    put32(buf, at + IGMPV3_RECORD.GROUP, group);
    at += IGMPV3_RECORD_LENGTH;
  }
  put16(buf, offset + IGMP.CHECKSUM, checksum(buf, offset, length));
  return length;
}
