import { get16 } from '../../../protocols/bytes.ts';
import { ICMP_TYPE } from '../../../protocols/icmp.ts';
import { ICMPV6_TYPE } from '../../../protocols/icmpv6.ts';
import { PROTO } from '../../../protocols/ipv4.ts';
import type { Packet } from '../../packet/packet.ts';
import type { ConntrackTable } from './conntrack-table.ts';
import type { ConntrackEntry } from './entry.ts';
import { HZ } from './jiffies.ts';
import { IPS_ASSURED, IPS_CONFIRMED, IPS_SEEN_REPLY } from './status.ts';
import { TRACK_ACCEPT, TRACK_INVALID, type Tracker } from './tracker.ts';
import { IP_CT_DIR_ORIGINAL } from './tuple.ts';
import { hasValidChecksum } from './verify-checksum.ts';

const UDP_HEADER_LENGTH = 8;
const UDP_LENGTH = 4;
const UDP_CHECKSUM = 6;
/** Traffic both ways for longer than this makes a stream. */
const STREAM_AFTER_JIFFIES = 2 * HZ;

/** UDP (nf_conntrack_proto_udp.c). */
export const udpTracker: Tracker = {
  allowClash: true,
  packet(table, entry, packet, at, _dir, hook) {
    if (!isUdpValid(table, entry, packet, at, hook)) return TRACK_INVALID;
    const status = entry.status;
    if ((status & IPS_CONFIRMED) === 0) entry.protoState = table.now + STREAM_AFTER_JIFFIES;
    if ((status & IPS_SEEN_REPLY) === 0 || table.now <= entry.protoState) {
      table.refresh(entry, table.settings.udpTimeoutS);
      return TRACK_ACCEPT;
    }
    table.refresh(entry, table.settings.udpTimeoutStreamS);
    markAssured(table, entry);
    return TRACK_ACCEPT;
  },
};

/** UDP-Lite: as UDP, but its length field is the checksum's coverage, so neither is checked here. */
export const udpLiteTracker: Tracker = {
  allowClash: true,
  packet(table, entry) {
    const stream = (entry.status & IPS_SEEN_REPLY) !== 0;
    table.refresh(entry, stream ? table.settings.udpTimeoutStreamS : table.settings.udpTimeoutS);
    if (stream) markAssured(table, entry);
    return TRACK_ACCEPT;
  },
};

/** ICMP requests and their answers (nf_conntrack_proto_icmp.c); errors are seen to before. */
export const icmpTracker: Tracker = {
  allowClash: false,
  packet(table, entry) {
    if (!startsIcmp(entry.destinationPart(IP_CT_DIR_ORIGINAL) >>> 8)) return TRACK_INVALID;
    table.refresh(entry, table.settings.icmpTimeoutS);
    return TRACK_ACCEPT;
  },
};

/** ICMPv6 requests and their answers (nf_conntrack_proto_icmpv6.c). */
export const icmpv6Tracker: Tracker = {
  allowClash: false,
  packet(table, entry) {
    const type = entry.destinationPart(IP_CT_DIR_ORIGINAL) >>> 8;
    if (type !== ICMPV6_TYPE.ECHO_REQUEST && type !== ICMPV6_NI_QUERY) return TRACK_INVALID;
    table.refresh(entry, table.settings.icmpv6TimeoutS);
    return TRACK_ACCEPT;
  },
};

const ICMPV6_NI_QUERY = 139;

/** GRE without PPTP: one connection between two addresses (nf_conntrack_proto_gre.c). */
export const greTracker: Tracker = {
  allowClash: true,
  packet(table, entry) {
    if ((entry.status & IPS_SEEN_REPLY) === 0) {
      table.refresh(entry, table.settings.greTimeoutS);
      return TRACK_ACCEPT;
    }
    table.refresh(entry, table.settings.greTimeoutStreamS);
    markAssured(table, entry);
    return TRACK_ACCEPT;
  },
};

/** What has no tracker of its own: ESP, IGMP, IPIP … (nf_conntrack_proto_generic.c). */
export const genericTracker: Tracker = {
  allowClash: false,
  packet(table, entry) {
    table.refresh(entry, table.settings.genericTimeoutS);
    return TRACK_ACCEPT;
  },
};

/** Marks a connection as not to be dropped early. */
export function markAssured(table: ConntrackTable, entry: ConntrackEntry): void {
  if ((entry.status & IPS_ASSURED) !== 0) return;
  entry.status |= IPS_ASSURED;
  table.changed = true;
}

/** udp_error. */
function isUdpValid(
  table: ConntrackTable,
  entry: ConntrackEntry,
  packet: Packet,
  at: number,
  hook: number,
): boolean {
  const available = packet.tail - at;
  if (available < UDP_HEADER_LENGTH) return false;
  const length = get16(packet.buf, at + UDP_LENGTH);
  if (length > available || length < UDP_HEADER_LENGTH) return false;
  if (get16(packet.buf, at + UDP_CHECKSUM) === 0) return true;
  return hasValidChecksum(table, packet, at, entry.family, PROTO.UDP, hook);
}

function startsIcmp(type: number): boolean {
  switch (type) {
    case ICMP_TYPE.ECHO:
    case ICMP_TYPE.TIMESTAMP:
    case ICMP_TYPE.INFO_REQUEST:
    case ICMP_TYPE.ADDRESS:
      return true;
    default:
      return false;
  }
}
