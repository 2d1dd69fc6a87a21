import type { TcpConnection } from './tcp-connection.ts';
import { RST, SYN } from './tcp-header.ts';
import type { TcpSegmentIn } from './tcp-segment-in.ts';
import { receiveWindow } from './tcp-receive-window.ts';
import { resetReceived } from './tcp-close.ts';
import { sendAck } from './tcp-transmit.ts';
import { enterQuickAck, MAX_QUICK_ACKS } from './tcp-delayed-ack.ts';
import { seqAfter, seqBefore, seqDiff } from './sequence.ts';
import { TcpState } from './tcp-state.ts';

const PAWS_IDLE_NS = 24 * 86400 * 1e9;

/**
 * The checks of RFC 9293 section 3.10.7.4, first to fourth, with PAWS (RFC 7323 section 5) and the challenge ACKs of
 * RFC 5961. False when the segment is done with.
 */
export function validateSegment(c: TcpConnection, segment: TcpSegmentIn): boolean {
  noteTimestamps(c, segment);
  const counters = c.environment.counters;
  const isReset = (segment.flags & RST) !== 0;
  if (c.sawTimestamps && pawsRejects(c, segment) && !isReset) {
    counters.PAWSEstab += 1;
    answerInvalid(c, segment);
    return false;
  }
  if (!isInWindow(c, segment)) {
    counters.TCPOutOfWindow += 1;
    if (!isReset) {
      if ((segment.flags & SYN) !== 0) challengeAck(c);
      else answerInvalid(c, segment);
    } else if (isResetAtOldEdge(c, segment)) resetReceived(c);
    return false;
  }
  if (isReset) {
    if (isResetExact(c, segment)) resetReceived(c);
    else challengeAck(c);
    return false;
  }
  // A SYN in the window (RFC 5961 section 4.2); when two SYNs crossed, the ACK it draws opens the peer.
  if ((segment.flags & SYN) !== 0) {
    challengeAck(c);
    return false;
  }
  return true;
}

export function noteTimestamps(c: TcpConnection, segment: TcpSegmentIn): void {
  c.sawTimestamps = segment.hasTimestamps && c.timestampsOk;
  c.tsEcr = 0;
  if (c.sawTimestamps && segment.tsEcr !== 0) c.tsEcr = (segment.tsEcr - c.timestampOffset) >>> 0;
}

function pawsRejects(c: TcpConnection, segment: TcpSegmentIn): boolean {
  if (c.tsRecentStampNs < 0 || seqDiff(c.tsRecent, segment.tsVal) <= 0) return false;
  return c.environment.nowNs() - c.tsRecentStampNs < PAWS_IDLE_NS;
}

/** RFC 7323 section 4.3: only a segment that covers the last ACK sent may move TS.Recent. */
export function replaceTsRecent(c: TcpConnection, segment: TcpSegmentIn): void {
  if (!c.sawTimestamps || seqAfter(segment.sequence, c.rcvWup)) return;
  if (c.tsRecentStampNs >= 0 && seqDiff(segment.tsVal, c.tsRecent) < 0) return;
  c.tsRecent = segment.tsVal;
  c.tsRecentStampNs = c.environment.nowNs();
}

function isInWindow(c: TcpConnection, segment: TcpSegmentIn): boolean {
  if (seqBefore(segment.endSequence, c.rcvWup)) return false;
  return !seqAfter(segment.sequence, (c.rcvNxt + receiveWindow(c)) >>> 0);
}

/** A reset is believed at exactly RCV.NXT, or at the right edge of the newest SACK block sent. */
function isResetExact(c: TcpConnection, segment: TcpSegmentIn): boolean {
  if (segment.sequence === c.rcvNxt || isResetAtOldEdge(c, segment)) return true;
  if (!c.sackOk || c.sackCount === 0) return false;
  let highest = c.sackEdges[1]!;
  for (let i = 1; i < c.sackCount; i++) {
    if (seqAfter(c.sackEdges[2 * i + 1]!, highest)) highest = c.sackEdges[2 * i + 1]!;
  }
  return segment.sequence === highest;
}

/** Some stacks reset at the sequence of their FIN (tcp_reset_check). */
function isResetAtOldEdge(c: TcpConnection, segment: TcpSegmentIn): boolean {
  const closing =
    c.state === TcpState.CLOSE_WAIT || c.state === TcpState.LAST_ACK || c.state === TcpState.CLOSING;
  return closing && segment.sequence === (c.rcvNxt - 1) >>> 0;
}

/** Whether an ACK that answers nonsense may be sent now; one connection sends few of them. */
function mayAnswer(c: TcpConnection): boolean {
  const nowNs = c.environment.nowNs();
  if (nowNs - c.challengeAckNs < c.settings.invalidRateLimitNs) return false;
  c.challengeAckNs = nowNs;
  return true;
}

/** RFC 5961: an ACK that only the true peer can answer. */
export function challengeAck(c: TcpConnection): void {
  if (!mayAnswer(c)) return;
  c.environment.counters.TCPChallengeACK += 1;
  sendAck(c);
}

/** An ACK at once for what is old or out of the window; pure ACKs are answered sparingly (tcp_send_dupack). */
function answerInvalid(c: TcpConnection, segment: TcpSegmentIn): void {
  const dataless = segment.endSequence === segment.sequence;
  if (dataless && !mayAnswer(c)) return;
  if (!dataless && seqBefore(segment.sequence, c.rcvNxt)) {
    enterQuickAck(c, MAX_QUICK_ACKS);
    if (c.sackOk && c.settings.dsack) {
      const end = segment.endSequence;
      c.dsackPending = true;
      c.dsackStart = segment.sequence;
      c.dsackEnd = seqAfter(end, c.rcvNxt) ? c.rcvNxt : end;
    }
  }
  sendAck(c);
}
