import { ACK, RST, SYN } from '../../../protocols/tcp/tcp-header.ts';
import {
  TCP_FLAG_BE_LIBERAL,
  TCP_FLAG_DATA_UNACKNOWLEDGED,
  TCP_FLAG_MAXACK_SET,
  TCP_FLAG_SACK_PERM,
  TCP_FLAG_WINDOW_SCALE,
  type TcpSegment,
} from './tcp-segment.ts';
import { TCP_CONNTRACK, TCP_SET } from './tcp-states.ts';
import type { TcpPeer, TcpTracking } from './tcp-tracking.ts';
import { IP_CT_DIR_ORIGINAL, IP_CT_DIR_REPLY } from './tuple.ts';

/** An acknowledgement may be as old as the largest window, or this many bytes (MAXACKWINCONST). */
const MAX_ACK_WINDOW = 66_000;

function isBefore(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

function isAfter(a: number, b: number): boolean {
  return ((a - b) | 0) > 0;
}

/**
 * tcp_in_window (G. van Rooij, "Real stateful TCP packet filtering in IP Filter"): whether a segment lies within
 * what its receiver advertised, and what is learnt of both sides from it. `liberal` lets all through.
 */
export function isInTcpWindow(
  tracking: TcpTracking,
  dir: number,
  segment: TcpSegment,
  liberal: boolean,
): boolean {
  const sender = dir === IP_CT_DIR_ORIGINAL ? tracking.original : tracking.reply;
  const receiver = dir === IP_CT_DIR_ORIGINAL ? tracking.reply : tracking.original;
  const isSyn = segment.has(SYN);
  const hasAck = segment.has(ACK);
  let seq = segment.seq;
  let end = segment.end;
  let ack = segment.ack;
  let sack = (receiver.flags & TCP_FLAG_SACK_PERM) !== 0 ? segment.highestAcknowledged() : ack;
  if (sender.maxWindow === 0) {
    if (isSyn) {
      initSender(sender, receiver, segment, dir);
      // A simultaneous open.
      if (!hasAck) return true;
    } else {
      pickUpSender(sender, receiver, segment, sack);
    }
  } else if (
    isSyn &&
    isAfter(end, sender.end) &&
    (tracking.state === TCP_CONNTRACK.SYN_SENT || tracking.state === TCP_CONNTRACK.SYN_RECV)
  ) {
    initSender(sender, receiver, segment, dir);
    if (dir === IP_CT_DIR_REPLY && !hasAck) return true;
  }
  // No acknowledgement, or a reset with an empty one, counts as a right one.
  if (!hasAck || (segment.has(RST) && ack === 0)) {
    ack = receiver.end;
    sack = ack;
  }
  if (segment.has(RST) && seq === 0 && tracking.state === TCP_CONNTRACK.SYN_SENT) {
    // A reset that answers a SYN.
    seq = sender.end;
    end = seq;
  }
  if (!areBoundsKept(sender, receiver, seq, end, sack)) {
    return liberal || (sender.flags & TCP_FLAG_BE_LIBERAL) !== 0;
  }
  learn(sender, receiver, segment, end, ack, sack);
  if (segment.set === TCP_SET.ACK) noteAck(tracking, dir, segment, seq, ack, end);
  return true;
}

/** The four bounds. Data just past the window is invalid, but its acknowledgement will not be. */
function areBoundsKept(sender: TcpPeer, receiver: TcpPeer, seq: number, end: number, sack: number): boolean {
  const lowest = (receiver.end - Math.max(sender.maxWindow, MAX_ACK_WINDOW) - 1) | 0;
  const inReceiveWindow = isAfter(end, (sender.end - receiver.maxWindow - 1) | 0);
  const ackNotTooHigh = isBefore(sack, (receiver.end + 1) | 0);
  if (!isBefore(seq, (sender.maxEnd + 1) | 0)) {
    const overshot = (end - sender.maxEnd + 1) >>> 0;
    if (
      receiver.maxWindow !== 0 &&
      inReceiveWindow &&
      isAfter(sack, lowest) &&
      overshot <= receiver.maxWindow &&
      ackNotTooHigh
    ) {
      sender.end = end;
      sender.flags |= TCP_FLAG_DATA_UNACKNOWLEDGED;
    }
    return false;
  }
  if (receiver.maxWindow !== 0 && !inReceiveWindow) return false;
  return ackNotTooHigh && isAfter(sack, lowest);
}

/** tcp_init_sender: a SYN or SYN/ACK tells where a side starts. */
function initSender(sender: TcpPeer, receiver: TcpPeer, segment: TcpSegment, dir: number): void {
  sender.end = segment.end;
  sender.maxEnd = segment.end;
  sender.maxWindow = segment.window === 0 ? 1 : segment.window;
  segment.readOptions(sender);
  // Both sides must offer window scaling for it to be used (RFC 7323 section 2.2).
  const bothScale = (sender.flags & receiver.flags & TCP_FLAG_WINDOW_SCALE) !== 0;
  if (dir === IP_CT_DIR_REPLY && !bothScale) {
    sender.scale = 0;
    receiver.scale = 0;
  }
}

/** The first segment of a side whose beginning was not seen. */
function pickUpSender(sender: TcpPeer, receiver: TcpPeer, segment: TcpSegment, sack: number): void {
  const window = segment.window * 2 ** sender.scale;
  sender.end = segment.end;
  sender.maxWindow = window === 0 ? 1 : window;
  sender.maxEnd = (segment.end + sender.maxWindow) | 0;
  if (receiver.maxWindow === 0) {
    receiver.end = sack;
    receiver.maxEnd = sack;
  } else if (sack === ((receiver.end + 1) | 0)) {
    // Likely the answer to a keepalive.
    receiver.end = (receiver.end + 1) | 0;
  }
}

function learn(
  sender: TcpPeer,
  receiver: TcpPeer,
  segment: TcpSegment,
  end: number,
  ack: number,
  sack: number,
): void {
  const window = segment.has(SYN) ? segment.window : segment.window * 2 ** sender.scale;
  const reach = window + ((sack - ack) >>> 0);
  if (sender.maxWindow < reach) sender.maxWindow = reach;
  if (isAfter(end, sender.end)) {
    sender.end = end;
    sender.flags |= TCP_FLAG_DATA_UNACKNOWLEDGED;
  }
  if (segment.has(ACK)) {
    if ((sender.flags & TCP_FLAG_MAXACK_SET) === 0) {
      sender.maxAck = ack;
      sender.flags |= TCP_FLAG_MAXACK_SET;
    } else if (isAfter(ack, sender.maxAck)) {
      sender.maxAck = ack;
    }
  }
  if (receiver.maxWindow !== 0 && isAfter(end, sender.maxEnd)) {
    receiver.maxWindow += (end - sender.maxEnd) | 0;
  }
  const limit = (sack + window) | 0;
  if (isAfter(limit, (receiver.maxEnd - 1) | 0)) {
    receiver.maxEnd = window === 0 ? (limit + 1) | 0 : limit;
  }
  if (ack === receiver.end) receiver.flags &= ~TCP_FLAG_DATA_UNACKNOWLEDGED;
}

/** Counts the same acknowledgement sent again and again: the other side is gone. */
function noteAck(
  tracking: TcpTracking,
  dir: number,
  segment: TcpSegment,
  seq: number,
  ack: number,
  end: number,
): void {
  if (
    tracking.lastDir === dir &&
    tracking.lastSeq === seq &&
    tracking.lastAck === ack &&
    tracking.lastEnd === end &&
    tracking.lastWindow === segment.window
  ) {
    tracking.retransmissions++;
    return;
  }
  tracking.lastDir = dir;
  tracking.lastSeq = seq;
  tracking.lastAck = ack;
  tracking.lastEnd = end;
  tracking.lastWindow = segment.window;
  tracking.retransmissions = 0;
}
