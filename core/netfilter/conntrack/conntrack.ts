import { isIcmpError, ICMP_HEADER_LENGTH } from '../../../protocols/icmp.ts';
import { isIcmpv6Error } from '../../../protocols/icmpv6.ts';
import { PROTO, ipv4Destination } from '../../../protocols/ipv4.ts';
import { Stage } from '../../host/cost-meter.ts';
import { DropReason } from '../../packet/drop-reason.ts';
import {
  IP_CT_ESTABLISHED,
  IP_CT_ESTABLISHED_REPLY,
  IP_CT_IS_REPLY,
  IP_CT_NEW,
  IP_CT_RELATED,
  IP_CT_UNTRACKED,
  type Packet,
} from '../../packet/packet.ts';
import { NF_ACCEPT, NF_DROP, NF_INET_LOCAL_OUT, NF_STOLEN } from '../hook.ts';
import { CT_EVENT, type ConntrackTable } from './conntrack-table.ts';
import { ConntrackEntry } from './entry.ts';
import { PROTO_UDPLITE, invertTuple, readTuple } from './read-tuple.ts';
import { sctpTracker } from './sctp-tracker.ts';
import {
  genericTracker,
  greTracker,
  icmpTracker,
  icmpv6Tracker,
  udpLiteTracker,
  udpTracker,
} from './simple-trackers.ts';
import {
  IPS_FIXED_TIMEOUT,
  IPS_LOCAL_ORIGIN,
  IPS_NAT_DONE_MASK,
  IPS_SEEN_REPLY,
  IPS_TEMPLATE,
} from './status.ts';
import { tcpTracker } from './tcp-tracker.ts';
import { TRACK_ACCEPT, TRACK_DROP, TRACK_REPEAT, type Tracker } from './tracker.ts';
import { AF_INET, IP_CT_DIR_ORIGINAL, IP_CT_DIR_REPLY, Tuple } from './tuple.ts';
import { hasValidChecksum } from './verify-checksum.ts';

/** Highest ICMP type there is (NR_ICMP_TYPES). */
const ICMP_HIGHEST_TYPE = 18;
/** MLD and neighbour discovery but for redirects are never tracked (nf_conntrack_icmpv6_error). */
const ICMPV6_FIRST_UNTRACKED = 130;
const ICMPV6_LAST_UNTRACKED = 136;
const ICMPV6_MLD2_REPORT = 143;

const ERROR_OF_NONE = -1;

/** Direction of a packet by its `ctInfo` (CTINFO2DIR). */
export function directionOf(ctInfo: number): number {
  return ctInfo >= IP_CT_IS_REPLY ? IP_CT_DIR_REPLY : IP_CT_DIR_ORIGINAL;
}

/** The tracker of a protocol (nf_ct_l4proto_find). */
export function trackerOf(protocol: number): Tracker {
  switch (protocol) {
    case PROTO.TCP:
      return tcpTracker;
    case PROTO.UDP:
      return udpTracker;
    case PROTO.ICMP:
      return icmpTracker;
    case PROTO.ICMPV6:
      return icmpv6Tracker;
    case PROTO.GRE:
      return greTracker;
    case PROTO.SCTP:
      return sctpTracker;
    case PROTO_UDPLITE:
      return udpLiteTracker;
    default:
      return genericTracker;
  }
}

/**
 * Finds or makes the connection of each packet, and confirms it when the packet has got through
 * (nf_conntrack_core.c). One for each namespace and family. Not modelled: ICMPv6 redirects, which are INVALID.
 */
export class Conntrack {
  private readonly table: ConntrackTable;
  private readonly family: number;
  private readonly tuple = new Tuple();
  private readonly inverse = new Tuple();
  /** Set by `resolve` when a new connection finds the table full. */
  private tableFull = false;

  constructor(table: ConntrackTable, family: number) {
    this.table = table;
    this.family = family;
  }

  /** nf_conntrack_in: gives the packet `nfct` and `ctInfo`. `hook` is PRE_ROUTING or LOCAL_OUT. */
  track(packet: Packet, hook: number): number {
    const template = packet.nfct;
    if (packet.ctInfo === IP_CT_UNTRACKED && template === null) return NF_ACCEPT;
    // Over loopback a packet comes by twice.
    if (template !== null && (template.status & IPS_TEMPLATE) === 0) return NF_ACCEPT;
    packet.nfct = null;
    const table = this.table;
    const cost = table.netns.host.cost;
    if (cost !== null) cost.charge(Stage.conntrackLookup, packet.tail - packet.networkOffset);
    const tuple = this.tuple;
    tuple.zone = template === null ? 0 : template.zone;
    const at = readTuple(packet.buf, packet.networkOffset, packet.tail, this.family, tuple);
    if (at < 0) return this.invalid(packet);
    packet.transportOffset = at;
    if (tuple.protocol === PROTO.ICMP || tuple.protocol === PROTO.ICMPV6) {
      const verdict = this.trackIcmpError(packet, at, hook, tuple.zone);
      if (verdict !== ERROR_OF_NONE) return verdict;
    }
    return this.trackNormal(packet, at, hook, template);
  }

  /** nf_conntrack_confirm: the packet got through, so its connection counts. */
  confirm(packet: Packet): number {
    const entry = packet.nfct;
    if (entry === null) return NF_ACCEPT;
    if (entry.isConfirmed || (entry.status & IPS_TEMPLATE) !== 0) return NF_ACCEPT;
    // An error or reset about a connection that was never confirmed goes its way.
    if (directionOf(packet.ctInfo) !== IP_CT_DIR_ORIGINAL) return NF_ACCEPT;
    const table = this.table;
    const cost = table.netns.host.cost;
    if (cost !== null) cost.charge(Stage.conntrackInsert, packet.tail - packet.networkOffset);
    if (entry.isDying) return this.dropped(packet, DropReason.CONNTRACK_CLASH);
    entry.readTuple(IP_CT_DIR_ORIGINAL, this.tuple);
    const sameOriginal = table.find(this.tuple);
    const clash = sameOriginal ?? this.clashOfReply(entry);
    if (clash !== null) return this.resolveClash(packet, entry, clash);
    table.insert(entry);
    return NF_ACCEPT;
  }

  private clashOfReply(entry: ConntrackEntry): ConntrackEntry | null {
    entry.readTuple(IP_CT_DIR_REPLY, this.inverse);
    return this.table.find(this.inverse);
  }

  /** nf_ct_resolve_clash: `winner` came first with one of the tuples of `loser`. */
  private resolveClash(packet: Packet, loser: ConntrackEntry, winner: ConntrackEntry): number {
    const table = this.table;
    if (!trackerOf(loser.protocol).allowClash) return this.dropped(packet, DropReason.CONNTRACK_CLASH);
    loser.readTuple(IP_CT_DIR_ORIGINAL, this.tuple);
    loser.readTuple(IP_CT_DIR_REPLY, this.inverse);
    const sameOriginal = winner.matches(IP_CT_DIR_ORIGINAL, this.tuple);
    const sameReply = winner.matches(IP_CT_DIR_REPLY, this.inverse);
    if ((sameOriginal && sameReply) || (winner.status & IPS_NAT_DONE_MASK) === 0) {
      packet.nfct = winner;
      packet.ctInfo = (winner.status & IPS_SEEN_REPLY) !== 0 ? IP_CT_ESTABLISHED : IP_CT_NEW;
      table.statistics.clashResolve++;
      return NF_ACCEPT;
    }
    if (!sameOriginal || this.table.find(this.inverse) !== null) {
      return this.dropped(packet, DropReason.CONNTRACK_CLASH);
    }
    // Two answers to one flow: this one lives for a second, so that its answer finds the way back.
    table.refresh(loser, 1);
    loser.status |= IPS_FIXED_TIMEOUT;
    table.insertReplyOnly(loser);
    table.statistics.clashResolve++;
    return NF_ACCEPT;
  }

  private dropped(packet: Packet, reason: number): number {
    const table = this.table;
    table.statistics.drop++;
    if (reason === DropReason.CONNTRACK_CLASH) table.statistics.insertFailed++;
    table.netns.host.dropPacket(packet, reason, packet.dev);
    return NF_STOLEN;
  }

  private invalid(packet: Packet): number {
    this.table.statistics.invalid++;
    packet.nfct = null;
    packet.ctInfo = IP_CT_NEW;
    return NF_ACCEPT;
  }

  private trackNormal(packet: Packet, at: number, hook: number, template: ConntrackEntry | null): number {
    const table = this.table;
    for (;;) {
      if (!this.resolve(packet, hook, template)) {
        return this.tableFull ? this.dropped(packet, DropReason.CONNTRACK_TABLE_FULL) : this.invalid(packet);
      }
      const entry = packet.nfct!;
      const dir = directionOf(packet.ctInfo);
      table.changed = false;
      const result = trackerOf(entry.protocol).packet(table, entry, packet, at, dir, hook);
      if (result === TRACK_ACCEPT) {
        this.noteReply(packet, entry);
        return NF_ACCEPT;
      }
      packet.nfct = null;
      if (result === TRACK_REPEAT) continue;
      if (result === TRACK_DROP) {
        table.statistics.drop++;
        return NF_DROP;
      }
      return this.invalid(packet);
    }
  }

  private noteReply(packet: Packet, entry: ConntrackEntry): void {
    const table = this.table;
    if (packet.ctInfo === IP_CT_ESTABLISHED_REPLY && (entry.status & IPS_SEEN_REPLY) === 0) {
      entry.status |= IPS_SEEN_REPLY;
      table.changed = true;
    }
    if (table.changed && table.listeners.length > 0 && entry.isConfirmed && !entry.isDying) {
      table.notify(CT_EVENT.UPDATE, entry);
    }
  }

  /** resolve_normal_ct: the entry of `this.tuple`, made if need be. False when there can be none. */
  private resolve(packet: Packet, hook: number, template: ConntrackEntry | null): boolean {
    const table = this.table;
    const tuple = this.tuple;
    this.tableFull = false;
    const found = table.find(tuple);
    if (found === null) return this.create(packet, hook, template);
    table.statistics.found++;
    packet.nfct = found;
    if (table.foundDirection === IP_CT_DIR_REPLY) packet.ctInfo = IP_CT_ESTABLISHED_REPLY;
    else packet.ctInfo = (found.status & IPS_SEEN_REPLY) !== 0 ? IP_CT_ESTABLISHED : IP_CT_NEW;
    return true;
  }

  /** init_conntrack. */
  private create(packet: Packet, hook: number, template: ConntrackEntry | null): boolean {
    const table = this.table;
    if (!invertTuple(this.tuple, this.inverse)) return false;
    if (table.count >= table.settings.max && !table.earlyDrop(this.tuple.hash())) {
      this.tableFull = true;
      return false;
    }
    const entry = new ConntrackEntry(this.tuple, this.inverse);
    if (hook === NF_INET_LOCAL_OUT) entry.status |= IPS_LOCAL_ORIGIN;
    if (template !== null) entry.mark = template.mark;
    packet.nfct = entry;
    packet.ctInfo = IP_CT_NEW;
    return true;
  }

  /**
   * nf_conntrack_icmpv4_error, nf_conntrack_icmpv6_error: an error belongs to the connection it quotes. Returns a
   * verdict, or ERROR_OF_NONE when the message is no error.
   */
  private trackIcmpError(packet: Packet, at: number, hook: number, zone: number): number {
    const type = packet.buf[at]!;
    const v4 = this.family === AF_INET;
    if (!hasValidChecksum(this.table, packet, at, this.family, v4 ? PROTO.ICMP : PROTO.ICMPV6, hook)) {
      return this.invalid(packet);
    }
    if (v4) {
      if (type > ICMP_HIGHEST_TYPE) return this.invalid(packet);
      if (!isIcmpError(type)) return ERROR_OF_NONE;
    } else {
      if (isUntrackedIcmpv6(type)) {
        packet.ctInfo = IP_CT_UNTRACKED;
        return NF_ACCEPT;
      }
      if (!isIcmpv6Error(type)) return ERROR_OF_NONE;
    }
    return this.trackQuoted(packet, at + ICMP_HEADER_LENGTH, zone);
  }

  /** nf_conntrack_inet_error. */
  private trackQuoted(packet: Packet, inner: number, zone: number): number {
    const table = this.table;
    this.inverse.zone = zone;
    const known =
      readTuple(packet.buf, inner, packet.tail, this.family, this.inverse) >= 0 &&
      invertTuple(this.inverse, this.tuple);
    const entry = known ? table.find(this.tuple) : null;
    if (entry === null || !this.isAddressedTo(packet, entry, table.foundDirection)) {
      table.statistics.error++;
      return this.invalid(packet);
    }
    packet.nfct = entry;
    packet.ctInfo = table.foundDirection === IP_CT_DIR_REPLY ? IP_CT_RELATED + IP_CT_IS_REPLY : IP_CT_RELATED;
    return NF_ACCEPT;
  }

  /** The error must be addressed to whom the connection's packets in that direction are: else it is made up. */
  private isAddressedTo(packet: Packet, entry: ConntrackEntry, dir: number): boolean {
    if (this.family === AF_INET) {
      return entry.destinationWord(dir) === ipv4Destination(packet.buf, packet.networkOffset);
    }
    entry.readTuple(dir, this.inverse);
    const { dst, dst0, dst1, dst2 } = this.inverse;
    readTuple(packet.buf, packet.networkOffset, packet.tail, this.family, this.inverse);
    const outer = this.inverse;
    return outer.dst === dst && outer.dst0 === dst0 && outer.dst1 === dst1 && outer.dst2 === dst2;
  }
}

function isUntrackedIcmpv6(type: number): boolean {
  return (type >= ICMPV6_FIRST_UNTRACKED && type <= ICMPV6_LAST_UNTRACKED) || type === ICMPV6_MLD2_REPORT;
}
