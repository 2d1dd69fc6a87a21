import { formatIpv4 } from '../../../protocols/ipv4-address.ts';
import { PROTO } from '../../../protocols/ipv4.ts';
import { Ipv6Address } from '../../../protocols/ipv6-address.ts';
import type { ConntrackTable } from './conntrack-table.ts';
import { CT_EVENT } from './conntrack-table.ts';
import type { ConntrackEntry } from './entry.ts';
import { hasPorts, PROTO_DCCP, PROTO_UDPLITE } from './read-tuple.ts';
import { SCTP_STATE_NAMES } from './sctp-tracker.ts';
import { IPS_ASSURED, IPS_SEEN_REPLY } from './status.ts';
import { TCP_STATE_NAMES } from './tcp-states.ts';
import { AF_INET, IP_CT_DIR_ORIGINAL, IP_CT_DIR_REPLY, Tuple } from './tuple.ts';

/** Protocol names as conntrack-tools and the kernel print them; 'unknown' for the rest. */
export const CONNTRACK_PROTOCOL_NAMES: ReadonlyMap<number, string> = new Map([
  [PROTO.ICMP, 'icmp'],
  [PROTO.TCP, 'tcp'],
  [PROTO.UDP, 'udp'],
  [PROTO_DCCP, 'dccp'],
  [PROTO.GRE, 'gre'],
  [PROTO.ICMPV6, 'icmpv6'],
  [PROTO.SCTP, 'sctp'],
  [PROTO_UDPLITE, 'udplite'],
]);

const EVENT_TAGS = ['[NEW]', '[UPDATE]', '[DESTROY]'];

/** A line of `conntrack -L`, without its newline; `extended` as with `-o extended`. */
export function conntrackLine(table: ConntrackTable, entry: ConntrackEntry, extended = false): string {
  const zone = entry.zone === 0 ? '' : `zone=${entry.zone} `;
  const left = `${table.secondsLeft(entry)} `;
  return `${head(entry, extended)}${left}${state(entry)}${tuples(entry)}mark=${entry.mark >>> 0} ${zone}use=1`;
}

/** A line of `conntrack -E`, without its newline. */
export function conntrackEventLine(
  table: ConntrackTable,
  kind: number,
  entry: ConntrackEntry,
  extended = false,
): string {
  const left = kind === CT_EVENT.DESTROY ? '' : `${table.secondsLeft(entry)} `;
  const mark = entry.mark === 0 ? '' : `mark=${entry.mark >>> 0} `;
  const zone = entry.zone === 0 ? '' : `zone=${entry.zone} `;
  const line = `${head(entry, extended)}${left}${state(entry)}${tuples(entry)}${mark}${zone}`;
  return `${EVENT_TAGS[kind]!.padStart(9)} ${line.trimEnd()}`;
}

/** The text of /proc/net/nf_conntrack (nf_conntrack_standalone.c). */
export function procNetConntrack(table: ConntrackTable): string {
  let text = '';
  table.forEach((entry) => {
    const left = `${table.secondsLeft(entry)} `;
    const rest = `mark=${entry.mark >>> 0} zone=${entry.zone} use=2\n`;
    text += `${head(entry, true)}${left}${state(entry)}${tuples(entry)}${rest}`;
  });
  return text;
}

/** `conntrack -S`: one line for the one CPU. */
export function conntrackStatisticsLine(table: ConntrackTable): string {
  const s = table.statistics;
  return (
    `cpu=0   \tfound=${s.found} invalid=${s.invalid} insert=${s.insert} insert_failed=${s.insertFailed} ` +
    `drop=${s.drop} early_drop=${s.earlyDrop} error=${s.error} search_restart=${s.searchRestart} ` +
    `clash_resolve=${s.clashResolve} chaintoolong=${s.chainTooLong} `
  );
}

function head(entry: ConntrackEntry, extended: boolean): string {
  const family = entry.family === AF_INET ? 'ipv4     2 ' : 'ipv6     10 ';
  const name = CONNTRACK_PROTOCOL_NAMES.get(entry.protocol) ?? 'unknown';
  return `${extended ? family : ''}${name.padEnd(8)} ${entry.protocol} `;
}

function state(entry: ConntrackEntry): string {
  if (entry.protocol === PROTO.TCP) return `${TCP_STATE_NAMES[entry.tcp?.state ?? 0]} `;
  return entry.protocol === PROTO.SCTP ? `${SCTP_STATE_NAMES[entry.protoState]} ` : '';
}

function tuples(entry: ConntrackEntry): string {
  const unreplied = (entry.status & IPS_SEEN_REPLY) === 0 ? '[UNREPLIED] ' : '';
  const assured = (entry.status & IPS_ASSURED) !== 0 ? '[ASSURED] ' : '';
  const original = tupleText(entry, IP_CT_DIR_ORIGINAL);
  return `${original}${unreplied}${tupleText(entry, IP_CT_DIR_REPLY)}${assured}`;
}

function tupleText(entry: ConntrackEntry, dir: number): string {
  const tuple = new Tuple();
  entry.readTuple(dir, tuple);
  const addresses = `src=${sourceText(tuple)} dst=${destinationText(tuple)} `;
  if (hasPorts(tuple.protocol)) return `${addresses}sport=${tuple.srcPart} dport=${tuple.dstPart} `;
  if (tuple.protocol === PROTO.ICMP || tuple.protocol === PROTO.ICMPV6) {
    return `${addresses}type=${tuple.dstPart >>> 8} code=${tuple.dstPart & 0xff} id=${tuple.srcPart} `;
  }
  if (tuple.protocol === PROTO.GRE) return `${addresses}srckey=0x0 dstkey=0x0 `;
  return addresses;
}

/** The source address of a tuple as text. */
export function sourceText(tuple: Tuple): string {
  if (tuple.family === AF_INET) return formatIpv4(tuple.src >>> 0);
  return new Ipv6Address(tuple.src0, tuple.src1, tuple.src2, tuple.src).toString();
}

/** The destination address of a tuple as text. */
export function destinationText(tuple: Tuple): string {
  if (tuple.family === AF_INET) return formatIpv4(tuple.dst >>> 0);
  return new Ipv6Address(tuple.dst0, tuple.dst1, tuple.dst2, tuple.dst).toString();
}
