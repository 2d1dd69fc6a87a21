import { PROTO } from '../../../protocols/ipv4.ts';
import type { Packet } from '../../packet/packet.ts';
import type { ConntrackTable } from './conntrack-table.ts';
import type { ConntrackEntry } from './entry.ts';
import { markAssured } from './simple-trackers.ts';
import { IPS_ASSURED, IPS_SEEN_REPLY } from './status.ts';
import {
  TCP_EXP_CHALLENGE_ACK,
  TCP_FLAG_BE_LIBERAL,
  TCP_FLAG_CLOSE_INIT,
  TCP_FLAG_DATA_UNACKNOWLEDGED,
  TCP_FLAG_MAXACK_SET,
  TCP_FLAG_SACK_PERM,
  TCP_FLAG_WINDOW_SCALE,
  TCP_SIMULTANEOUS_OPEN,
  TcpSegment,
} from './tcp-segment.ts';
import {
  TCP_CONNTRACK,
  TCP_SET,
  TCP_TIMEOUT_RETRANS,
  TCP_TIMEOUT_UNACK,
  nextTcpState,
} from './tcp-states.ts';
import { TcpPeer, TcpTracking } from './tcp-tracking.ts';
import { isInTcpWindow } from './tcp-window.ts';
import { TRACK_ACCEPT, TRACK_INVALID, TRACK_REPEAT, type Tracker } from './tracker.ts';
import { IP_CT_DIR_ORIGINAL, IP_CT_DIR_REPLY } from './tuple.ts';
import { hasValidChecksum } from './verify-checksum.ts';

/** Judgements of a segment before the window is looked at. */
const CHECK_WINDOW = 0;
const SKIP_WINDOW = 1;
const LET_THROUGH = 2;
const INVALID = 3;
const REOPEN = 4;

/**
 * TCP (nf_conntrack_proto_tcp.c, Linux 6.1): the state table, window tracking, resets, reopening. Not modelled: the
 * SYN proxy and flow offload.
 */
class TcpTracker implements Tracker {
  readonly allowClash = false;
  private readonly segment = new TcpSegment();
  private readonly options = new TcpPeer();
  /** The states before and after the segment; `judge` may change either. */
  private from = 0;
  private to = 0;

  packet(
    table: ConntrackTable,
    entry: ConntrackEntry,
    packet: Packet,
    at: number,
    dir: number,
    hook: number,
  ): number {
    const segment = this.segment;
    if (!segment.read(packet.buf, at, packet.tail)) return TRACK_INVALID;
    if (!hasValidChecksum(table, packet, at, entry.family, PROTO.TCP, hook)) return TRACK_INVALID;
    if (!entry.isConfirmed && !this.begin(table, entry)) return TRACK_INVALID;
    const tracking = entry.tcp!;
    this.from = tracking.state;
    this.to = nextTcpState(dir, segment.set, this.from);
    const judgement = this.judge(table, entry, tracking, dir);
    if (judgement === LET_THROUGH) return TRACK_ACCEPT;
    if (judgement === INVALID) return TRACK_INVALID;
    if (judgement === REOPEN) {
      table.remove(entry);
      return TRACK_REPEAT;
    }
    const liberal = table.settings.tcpBeLiberal !== 0;
    if (judgement === CHECK_WINDOW && !isInTcpWindow(tracking, dir, segment, liberal)) return TRACK_INVALID;
    this.advance(table, entry, tracking, dir);
    return TRACK_ACCEPT;
  }

  /** tcp_new: what the first segment tells. */
  private begin(table: ConntrackTable, entry: ConntrackEntry): boolean {
    const segment = this.segment;
    const state = nextTcpState(IP_CT_DIR_ORIGINAL, segment.set, TCP_CONNTRACK.NONE);
    if (state >= TCP_CONNTRACK.INVALID) return false;
    if (state !== TCP_CONNTRACK.SYN_SENT && table.settings.tcpLoose === 0) return false;
    const tracking = new TcpTracking();
    const sender = tracking.original;
    sender.end = segment.end;
    sender.maxWindow = segment.window === 0 ? 1 : segment.window;
    if (state === TCP_CONNTRACK.SYN_SENT) {
      sender.maxEnd = sender.end;
      segment.readOptions(sender);
    } else {
      // In the middle of a connection: its scale is not known, so its windows cannot be judged.
      sender.maxEnd = (sender.end + sender.maxWindow) | 0;
      sender.flags = TCP_FLAG_SACK_PERM | TCP_FLAG_BE_LIBERAL;
      tracking.reply.flags = TCP_FLAG_SACK_PERM | TCP_FLAG_BE_LIBERAL;
    }
    tracking.lastIndex = TCP_SET.NONE;
    entry.tcp = tracking;
    return true;
  }

  /** The switch of tcp_packet on the new state. */
  private judge(table: ConntrackTable, entry: ConntrackEntry, tracking: TcpTracking, dir: number): number {
    const segment = this.segment;
    switch (this.to) {
      case TCP_CONNTRACK.SYN_SENT:
        if (this.from < TCP_CONNTRACK.TIME_WAIT) return CHECK_WINDOW;
        return this.mayReopen(tracking, dir) ? REOPEN : this.ignore(tracking, dir);
      case TCP_CONNTRACK.IGNORE:
        return this.ignore(tracking, dir);
      case TCP_CONNTRACK.INVALID:
        return INVALID;
      case TCP_CONNTRACK.TIME_WAIT:
        return this.isChallengeAck(tracking, dir) ? LET_THROUGH : CHECK_WINDOW;
      case TCP_CONNTRACK.SYN_SENT2:
        tracking.lastFlags |= TCP_SIMULTANEOUS_OPEN;
        return CHECK_WINDOW;
      case TCP_CONNTRACK.SYN_RECV:
        if (
          dir === IP_CT_DIR_REPLY &&
          segment.set === TCP_SET.ACK &&
          (tracking.lastFlags & TCP_SIMULTANEOUS_OPEN) !== 0
        ) {
          this.to = TCP_CONNTRACK.ESTABLISHED;
        }
        return CHECK_WINDOW;
      case TCP_CONNTRACK.CLOSE:
        return segment.set === TCP_SET.RST ? this.judgeReset(table, entry, tracking, dir) : CHECK_WINDOW;
      default:
        return CHECK_WINDOW;
    }
  }

  /** A SYN after the connection was closed, or after a reset from the same side, starts a new one. */
  private mayReopen(tracking: TcpTracking, dir: number): boolean {
    const closing = ((tracking.original.flags | tracking.reply.flags) & TCP_FLAG_CLOSE_INIT) !== 0;
    return closing || (tracking.lastDir === dir && tracking.lastIndex === TCP_SET.RST);
  }

  /**
   * A segment that does not fit, but may be right if the tracker is not in step: it passes and is remembered, and the
   * answer decides.
   */
  private ignore(tracking: TcpTracking, dir: number): number {
    const segment = this.segment;
    if (
      segment.set === TCP_SET.SYNACK &&
      tracking.lastIndex === TCP_SET.SYN &&
      tracking.lastDir !== dir &&
      segment.ack === tracking.lastEnd
    ) {
      this.resynchronize(tracking, dir);
      return CHECK_WINDOW;
    }
    tracking.lastIndex = segment.set;
    tracking.lastDir = dir;
    tracking.lastSeq = segment.seq;
    tracking.lastEnd = segment.end;
    tracking.lastWindow = segment.window;
    if (segment.set === TCP_SET.SYN && dir === IP_CT_DIR_ORIGINAL) this.rememberSyn(tracking);
    if (this.from === TCP_CONNTRACK.SYN_SENT && segment.set === TCP_SET.ACK && dir === IP_CT_DIR_REPLY) {
      tracking.lastAck = segment.ack;
    }
    return LET_THROUGH;
  }

  /** The SYN/ACK acknowledges a SYN that was let through: both sides agree, so the tracker follows them. */
  private resynchronize(tracking: TcpTracking, dir: number): void {
    const client = tracking.lastDir === IP_CT_DIR_ORIGINAL ? tracking.original : tracking.reply;
    const server = dir === IP_CT_DIR_ORIGINAL ? tracking.original : tracking.reply;
    this.from = TCP_CONNTRACK.SYN_SENT;
    this.to = TCP_CONNTRACK.SYN_RECV;
    client.end = tracking.lastEnd;
    client.maxEnd = tracking.lastEnd;
    client.maxWindow = tracking.lastWindow === 0 ? 1 : tracking.lastWindow;
    client.scale = tracking.lastScale;
    tracking.lastFlags &= ~TCP_EXP_CHALLENGE_ACK;
    client.flags = tracking.lastFlags;
    server.end = 0;
    server.maxEnd = 0;
    server.maxWindow = 0;
    server.maxAck = 0;
    server.scale = 0;
    server.flags = 0;
  }

  private rememberSyn(tracking: TcpTracking): void {
    const options = this.options;
    options.flags = 0;
    this.segment.readOptions(options);
    tracking.lastFlags = options.flags & (TCP_FLAG_WINDOW_SCALE | TCP_FLAG_SACK_PERM);
    tracking.lastScale = options.scale;
    // The answer may be a challenge ACK (RFC 5961), which in LAST_ACK must not pass for the last one.
    if (this.from === TCP_CONNTRACK.LAST_ACK) tracking.lastFlags |= TCP_EXP_CHALLENGE_ACK;
  }

  private isChallengeAck(tracking: TcpTracking, dir: number): boolean {
    if (
      this.from !== TCP_CONNTRACK.LAST_ACK ||
      this.segment.set !== TCP_SET.ACK ||
      tracking.lastDir === dir ||
      tracking.lastIndex !== TCP_SET.SYN ||
      (tracking.lastFlags & TCP_EXP_CHALLENGE_ACK) === 0
    ) {
      return false;
    }
    tracking.lastFlags &= ~TCP_EXP_CHALLENGE_ACK;
    return true;
  }

  /** A reset must be at, or for a connection not established beyond, the highest acknowledgement. */
  private judgeReset(
    table: ConntrackTable,
    entry: ConntrackEntry,
    tracking: TcpTracking,
    dir: number,
  ): number {
    const segment = this.segment;
    const other = dir === IP_CT_DIR_ORIGINAL ? tracking.reply : tracking.original;
    if (canEarlyDrop(tracking.state)) return SKIP_WINDOW;
    if ((other.flags & TCP_FLAG_MAXACK_SET) !== 0 && tracking.lastIndex !== TCP_SET.SYN) {
      const established = isEstablished(entry, tracking);
      if (segment.seq === 0 && !established) return CHECK_WINDOW;
      const tooOld = ((segment.seq - other.maxAck) | 0) < 0;
      if (tooOld && table.settings.tcpIgnoreInvalidRst === 0) return INVALID;
      if (!established || segment.seq === other.maxAck) return CHECK_WINDOW;
      const endsTrain =
        tracking.lastIndex === TCP_SET.ACK && tracking.lastDir === dir && segment.seq === tracking.lastEnd;
      if (endsTrain) return CHECK_WINDOW;
      // Not exactly right: the receiver may send a challenge ACK, so the connection stays.
      this.to = this.from;
    }
    const answersSyn = (entry.status & IPS_SEEN_REPLY) !== 0 && tracking.lastIndex === TCP_SET.SYN;
    const answersAck = (entry.status & IPS_ASSURED) === 0 && tracking.lastIndex === TCP_SET.ACK;
    return (answersSyn || answersAck) && segment.ack === tracking.lastEnd ? SKIP_WINDOW : CHECK_WINDOW;
  }

  /** The segment is in order: state, timeout and assurance follow. */
  private advance(table: ConntrackTable, entry: ConntrackEntry, tracking: TcpTracking, dir: number): void {
    const segment = this.segment;
    const { from, to } = this;
    tracking.lastIndex = segment.set;
    tracking.lastDir = dir;
    tracking.state = to;
    if (from !== to) {
      table.changed = true;
      const sender = dir === IP_CT_DIR_ORIGINAL ? tracking.original : tracking.reply;
      if (to === TCP_CONNTRACK.FIN_WAIT) sender.flags |= TCP_FLAG_CLOSE_INIT;
    }
    let timeout = this.timeoutS(table, tracking);
    if ((entry.status & IPS_SEEN_REPLY) === 0) {
      if (segment.set === TCP_SET.RST) {
        // Nothing but a reset came back: no connection was made.
        table.remove(entry);
        return;
      }
      if (segment.set === TCP_SET.SYN && from === TCP_CONNTRACK.SYN_SENT) return;
      if (to === TCP_CONNTRACK.ESTABLISHED) {
        timeout = Math.min(timeout, table.settings.tcpTimeoutS[TCP_TIMEOUT_UNACK]!);
      }
    } else if (
      (from === TCP_CONNTRACK.SYN_RECV || from === TCP_CONNTRACK.ESTABLISHED) &&
      to === TCP_CONNTRACK.ESTABLISHED
    ) {
      markAssured(table, entry);
    }
    table.refresh(entry, timeout);
  }

  private timeoutS(table: ConntrackTable, tracking: TcpTracking): number {
    const timeouts = table.settings.tcpTimeoutS;
    const usual = timeouts[this.to]!;
    const retrans = timeouts[TCP_TIMEOUT_RETRANS]!;
    const unack = timeouts[TCP_TIMEOUT_UNACK]!;
    if (tracking.retransmissions >= table.settings.tcpMaxRetrans && usual > retrans) return retrans;
    if (this.segment.set === TCP_SET.RST) return timeouts[TCP_CONNTRACK.CLOSE]!;
    const flags = tracking.original.flags | tracking.reply.flags;
    if ((flags & TCP_FLAG_DATA_UNACKNOWLEDGED) !== 0 && usual > unack) return unack;
    if (tracking.lastWindow === 0 && usual > retrans) return retrans;
    return usual;
  }
}

/** The tracker holds one segment at a time; packets are judged one after another. */
export const tcpTracker: Tracker = new TcpTracker();

/** nf_conntrack_tcp_established. */
function isEstablished(entry: ConntrackEntry, tracking: TcpTracking): boolean {
  return tracking.state === TCP_CONNTRACK.ESTABLISHED && (entry.status & IPS_ASSURED) !== 0;
}

/** tcp_can_early_drop: the connection is as good as over. */
function canEarlyDrop(state: number): boolean {
  switch (state) {
    case TCP_CONNTRACK.FIN_WAIT:
    case TCP_CONNTRACK.LAST_ACK:
    case TCP_CONNTRACK.TIME_WAIT:
    case TCP_CONNTRACK.CLOSE:
    case TCP_CONNTRACK.CLOSE_WAIT:
      return true;
    default:
      return false;
  }
}
