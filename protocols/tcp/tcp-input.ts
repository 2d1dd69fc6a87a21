import { enterTimeWait, fail, finish, orphanFinWait2, resetReceived } from './tcp-close.ts';
import { expandSendBuffer, processAck, sendCheck } from './tcp-ack.ts';
import { updatePacingRate } from './tcp-cwnd.ts';
import { INFINITE_SSTHRESH } from './congestion/congestion-control.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { EVENT_ESTABLISHED, EVENT_WRITABLE } from './tcp-connection.ts';
import { acknowledgeCheck } from './tcp-delayed-ack.ts';
import { ACK, CWR, DEFAULT_MSS_BYTES, ECE, FIN, RST, SYN, TIMESTAMPS_BYTES } from './tcp-header.ts';
import { clampToUser, setHeaderLength, syncMss } from './tcp-mss.ts';
import { measureTimestampRtt, queueData } from './tcp-receive.ts';
import { initBufferSpace } from './tcp-receive-window.ts';
import type { TcpSegmentIn } from './tcp-segment-in.ts';
import { armRetransmit, restartKeepalive } from './tcp-timers.ts';
import { timeWaitReceive } from './tcp-time-wait.ts';
import { sendAck, sendResetFor, sendSyn } from './tcp-transmit.ts';
import { challengeAck, noteTimestamps, validateSegment } from './tcp-validate.ts';
import { seqAdd, seqAfter, seqBefore, seqBetween } from './sequence.ts';
import { TcpState } from './tcp-state.ts';

/** A segment for this connection (RFC 9293 section 3.10.7). */
export function receiveSegment(c: TcpConnection, segment: TcpSegmentIn): void {
  if (c.state === TcpState.CLOSED) {
    c.environment.counters.TCPClosedDrop += 1;
    return;
  }
  if (c.miniSocket) {
    timeWaitReceive(c, segment);
    return;
  }
  if (c.state === TcpState.SYN_SENT) {
    receiveInSynSent(c, segment);
    return;
  }
  if ((segment.flags & (ACK | RST | SYN)) === 0) {
    c.environment.counters.TCPInvalidFlags += 1;
    return;
  }
  if (!validateSegment(c, segment)) return;
  if ((segment.flags & ACK) === 0) {
    c.environment.counters.TCPInvalidFlags += 1;
    return;
  }
  receiveSynchronized(c, segment);
}

function receiveSynchronized(c: TcpConnection, segment: TcpSegmentIn): void {
  const opening = c.state === TcpState.SYN_RECEIVED;
  if (!processAck(c, segment, true)) {
    c.environment.counters.TCPInvalidAck += 1;
    if (opening) sendResetFor(c, segment.acknowledgement);
    else if (c.state !== TcpState.ESTABLISHED) challengeAck(c);
    return;
  }
  if (opening) {
    // The peer's SYN-ACK of a simultaneous open, or an ACK that does not cover our SYN yet.
    if (!seqAfter(segment.acknowledgement, c.initialSendSequence)) return;
    becomeEstablished(c, segment);
  }
  if (!advanceClosing(c, segment)) return;
  measureTimestampRtt(c, segment);
  if (acceptsData(c, segment)) queueData(c, segment);
  if ((c.state as TcpState) === TcpState.CLOSED || (c.state as TcpState) === TcpState.TIME_WAIT) return;
  sendCheck(c);
  acknowledgeCheck(c);
}

/** After the peer's FIN nothing new may come; after close() nobody would read it: reset. */
function acceptsData(c: TcpConnection, segment: TcpSegmentIn): boolean {
  if (c.state === TcpState.CLOSE_WAIT || c.state === TcpState.CLOSING || c.state === TcpState.LAST_ACK) {
    return seqBefore(segment.sequence, c.rcvNxt);
  }
  if (!bringsDataForNobody(c, segment)) return true;
  resetOrphan(c, segment);
  return false;
}

function bringsDataForNobody(c: TcpConnection, segment: TcpSegmentIn): boolean {
  if (!c.receiveShut || segment.payloadLength === 0) return false;
  return seqAfter(seqAdd(segment.sequence, segment.payloadLength), c.rcvNxt);
}

function resetOrphan(c: TcpConnection, segment: TcpSegmentIn): void {
  c.environment.counters.TCPAbortOnData += 1;
  sendResetFor(c, segment.acknowledgement);
  fail(c, 'ECONNRESET');
}

/** Our FIN may have been acknowledged. False when the segment is done with. */
function advanceClosing(c: TcpConnection, segment: TcpSegmentIn): boolean {
  if (!c.finSent || c.sndUna !== c.sndNxt || c.hasUnsent) return true;
  if (c.state === TcpState.CLOSING) {
    enterTimeWait(c);
    return false;
  }
  if (c.state === TcpState.LAST_ACK) {
    finish(c);
    return false;
  }
  if (c.state !== TcpState.FIN_WAIT_1) return true;
  c.state = TcpState.FIN_WAIT_2;
  if (!c.orphaned) return true;
  if (bringsDataForNobody(c, segment)) {
    resetOrphan(c, segment);
    return false;
  }
  // With the FIN in the same segment the full socket goes on to TIME-WAIT at once.
  if ((segment.flags & FIN) !== 0) {
    c.keepaliveTimer.arm(c.settings.finTimeoutNs);
    return true;
  }
  orphanFinWait2(c);
  return false;
}

// ---- the handshake of the active side ----

function receiveInSynSent(c: TcpConnection, segment: TcpSegmentIn): void {
  const flags = segment.flags;
  c.timestampsOk = c.settings.timestamps;
  noteTimestamps(c, segment);
  if ((flags & ACK) !== 0 && !isAckOfSyn(c, segment)) {
    c.environment.counters.TCPInvalidAck += 1;
    if ((flags & RST) === 0) sendResetFor(c, segment.acknowledgement);
    // An answer from an older incarnation: ask again soon.
    if (c.retransmits === 0) armRetransmit(c, 8e6);
    return;
  }
  if ((flags & RST) !== 0) {
    if ((flags & ACK) !== 0) resetReceived(c);
    else c.environment.counters.TCPInvalidFlags += 1;
    return;
  }
  if ((flags & SYN) === 0) {
    c.environment.counters.TCPInvalidFlags += 1;
    return;
  }
  takeSyn(c, segment);
  if ((flags & ACK) !== 0) connectionAnswered(c, segment);
  else openSimultaneously(c, segment);
}

function isAckOfSyn(c: TcpConnection, segment: TcpSegmentIn): boolean {
  if (!seqAfter(segment.acknowledgement, c.sndUna) || seqAfter(segment.acknowledgement, c.sndNxt))
    return false;
  if (!c.sawTimestamps || c.tsEcr === 0) return true;
  const sentMs = Math.floor(c.retransStampNs / 1e6) >>> 0;
  const nowMs = Math.floor(c.environment.nowNs() / 1e6) >>> 0;
  if (seqBetween(c.tsEcr, sentMs, nowMs)) return true;
  c.environment.counters.PAWSActive += 1;
  return false;
}

/** Learns the peer's sequence and options from its SYN. */
function takeSyn(c: TcpConnection, segment: TcpSegmentIn): void {
  c.timestampsOk = c.settings.timestamps && segment.hasTimestamps;
  c.sackOk = c.settings.sack && segment.sackPermitted;
  c.windowScaleOk = c.settings.windowScaling && segment.windowScale >= 0;
  if (c.windowScaleOk) {
    c.sndWscale = segment.windowScale;
  } else {
    c.sndWscale = 0;
    c.rcvWscale = 0;
    c.windowClamp = Math.min(c.windowClamp, 65535);
  }
  c.initialReceiveSequence = segment.sequence;
  c.rcvNxt = seqAdd(segment.sequence, 1);
  c.rcvWup = c.rcvNxt;
  c.rcvDataEnd = c.rcvNxt;
  c.copiedSeq = c.rcvNxt;
  c.sndWl1 = segment.sequence;
  c.mssClamp = clampToUser(c.userMss, clampMss(segment.mssBytes));
  if (segment.hasTimestamps && c.timestampsOk) {
    c.tsRecent = segment.tsVal;
    c.tsRecentStampNs = c.environment.nowNs();
    c.advertisedMss -= TIMESTAMPS_BYTES;
  }
  setHeaderLength(c);
}

/** An absent MSS option means 536; no peer can demand less than Linux's minimum in effect. */
export function clampMss(mssBytes: number): number {
  return mssBytes === 0 ? DEFAULT_MSS_BYTES : mssBytes;
}

function connectionAnswered(c: TcpConnection, segment: TcpSegmentIn): void {
  // An ECN-setup SYN-ACK has ECE alone (RFC 3168 section 6.1.1).
  c.ecnOk = c.settings.ecn === 1 && (segment.flags & (ECE | CWR)) === ECE;
  processAck(c, segment, false);
  c.sndWnd = segment.window;
  c.maxWindow = Math.max(c.maxWindow, segment.window);
  enterEstablished(c);
  c.lastDataReceivedNs = c.environment.nowNs();
  if (c.state === TcpState.ESTABLISHED) sendAck(c);
}

function openSimultaneously(c: TcpConnection, segment: TcpSegmentIn): void {
  c.ecnOk = c.settings.ecn !== 0 && (segment.flags & (ECE | CWR)) === (ECE | CWR) && !segment.ecnCapable;
  c.state = TcpState.SYN_RECEIVED;
  c.sndWnd = segment.window;
  c.maxWindow = segment.window;
  syncMss(c, c.environment.mtuBytes());
  initializeRcvMss(c);
  sendSyn(c, true);
}

function becomeEstablished(c: TcpConnection, segment: TcpSegmentIn): void {
  c.retransStampNs = 0;
  const scale = (segment.flags & SYN) !== 0 ? 0 : c.sndWscale;
  c.sndWnd = segment.window << scale;
  c.maxWindow = Math.max(c.maxWindow, c.sndWnd);
  c.sndWl1 = segment.sequence;
  enterEstablished(c);
}

/** The common end of both handshakes (tcp_finish_connect, TCP_SYN_RECV of tcp_rcv_state_process). */
export function enterEstablished(c: TcpConnection): void {
  if (c.state !== TcpState.FIN_WAIT_1) c.state = TcpState.ESTABLISHED;
  syncMss(c, c.environment.mtuBytes());
  initializeRcvMss(c);
  initBufferSpace(c);
  // One lost SYN costs nothing, two cost the initial window (RFC 6298 section 5.7, tcp_init_transfer).
  c.cwnd = c.totalRetransmits > 1 ? 1 : c.settings.initialCwnd;
  c.ssthresh = INFINITE_SSTHRESH;
  if (!c.sendBufferLocked) expandSendBuffer(c);
  updatePacingRate(c);
  c.lastReceivedNs = c.environment.nowNs();
  c.lastDataSentNs = c.environment.nowNs();
  c.cwndStampNs = c.environment.nowNs();
  c.cwndUsageSeq = c.sndUna;
  restartKeepalive(c);
  c.notify(EVENT_ESTABLISHED | EVENT_WRITABLE);
}

function initializeRcvMss(c: TcpConnection): void {
  const hint = Math.min(c.advertisedMss, c.mssCache, c.rcvWnd >> 1, DEFAULT_MSS_BYTES);
  c.rcvMss = Math.max(hint, 88);
}
