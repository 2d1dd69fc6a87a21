import { enterTimeWait, finish } from './tcp-close.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { ACK, FIN, RST, SYN } from './tcp-header.ts';
import { receiveWindow } from './tcp-receive-window.ts';
import type { TcpSegmentIn } from './tcp-segment-in.ts';
import { sendAck, sendResetFor } from './tcp-transmit.ts';
import { challengeAck } from './tcp-validate.ts';
import { seqAfter, seqBefore, seqDiff } from './sequence.ts';
import { TcpState } from './tcp-state.ts';

/**
 * TIME-WAIT, and FIN-WAIT-2 without an owner (tcp_timewait_state_process, RFC 9293 section 3.10.7.4, RFC 6191).
 */
export function timeWaitReceive(c: TcpConnection, segment: TcpSegmentIn): void {
  const old = isOld(c, segment);
  if (c.state === TcpState.FIN_WAIT_2) orphanReceive(c, segment, old);
  else closedReceive(c, segment, old);
}

/** PAWS for a connection in TIME-WAIT. */
function isOld(c: TcpConnection, segment: TcpSegmentIn): boolean {
  return segment.hasTimestamps && c.timestampsOk && seqDiff(c.tsRecent, segment.tsVal) > 0;
}

function isInWindow(c: TcpConnection, segment: TcpSegmentIn): boolean {
  if (segment.sequence === c.rcvNxt) return true;
  const windowEnd = (c.rcvNxt + receiveWindow(c)) >>> 0;
  if (seqAfter(segment.endSequence, c.rcvNxt) && seqBefore(segment.sequence, windowEnd)) return true;
  return segment.sequence === windowEnd && segment.sequence === segment.endSequence;
}

function orphanReceive(c: TcpConnection, segment: TcpSegmentIn, old: boolean): void {
  const flags = segment.flags;
  if (old || !isInWindow(c, segment)) {
    if ((flags & RST) === 0) challengeAck(c);
    return;
  }
  if ((flags & RST) !== 0) return finish(c);
  if ((flags & SYN) !== 0 && !seqBefore(segment.sequence, c.rcvNxt)) return refuse(c, segment);
  if ((flags & ACK) === 0 || !seqAfter(segment.endSequence, c.rcvNxt)) return;
  // Anything but the FIN we wait for is data for nobody.
  const finAlone = (flags & FIN) !== 0 && segment.endSequence === (c.rcvNxt + 1) >>> 0;
  if (!finAlone) return refuse(c, segment);
  c.finReceived = true;
  c.rcvNxt = segment.endSequence;
  if (segment.hasTimestamps && c.timestampsOk) c.tsRecent = segment.tsVal;
  enterTimeWait(c);
  sendAck(c);
}

function refuse(c: TcpConnection, segment: TcpSegmentIn): void {
  sendResetFor(c, segment.acknowledgement);
  finish(c);
}

function closedReceive(c: TcpConnection, segment: TcpSegmentIn, old: boolean): void {
  const isReset = (segment.flags & RST) !== 0;
  const exact = segment.sequence === c.rcvNxt;
  if (!old && exact && (segment.sequence === segment.endSequence || isReset)) {
    // The kernel's default, against RFC 1337: a reset ends TIME-WAIT.
    if (isReset) finish(c);
    else c.keepaliveTimer.arm(c.settings.timeWaitNs);
    return;
  }
  if (isReset) return;
  if (old || (segment.flags & ACK) !== 0) c.keepaliveTimer.arm(c.settings.timeWaitNs);
  if ((segment.flags & FIN) !== 0 || segment.payloadLength > 0) sendAck(c);
  else challengeAck(c);
}

/**
 * Whether a SYN may start a new connection on a flow in TIME-WAIT: its sequence or its timestamp lies beyond the
 * old one's (RFC 6191). The owner then finishes this connection and hands the SYN to the listener.
 */
export function yieldsToSyn(c: TcpConnection, segment: TcpSegmentIn): boolean {
  if (c.state !== TcpState.TIME_WAIT) return false;
  if ((segment.flags & (SYN | RST | ACK)) !== SYN || isOld(c, segment)) return false;
  if (seqAfter(segment.sequence, c.rcvNxt)) return true;
  return c.timestampsOk && segment.hasTimestamps && seqDiff(segment.tsVal, c.tsRecent) > 0;
}
