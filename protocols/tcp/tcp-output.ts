import { CaState } from './congestion/congestion-control.ts';
import { sentData } from './tcp-delayed-ack.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { ACK, FIN, PSH, SYN } from './tcp-header.ts';
import { currentMss, clampToUser, mssToAdvertise, syncMss } from './tcp-mss.ts';
import { initialReceiveWindow } from './tcp-receive-window.ts';
import { scheduleLossProbe } from './tcp-rack.ts';
import { sendDataSegment, sendSyn } from './tcp-transmit.ts';
import { cwndRestartAfterIdle, cwndValidate, segmentsPerBurst } from './tcp-cwnd.ts';
import { seqAdd, seqAfter, seqDiff } from './sequence.ts';
import { TcpState } from './tcp-state.ts';
import { armProbe, PendingTimer, rearmRetransmit } from './tcp-timers.ts';

/** Starts the handshake: SYN with every option this host offers (tcp_connect). */
export function startConnect(c: TcpConnection): void {
  const env = c.environment;
  env.counters.ActiveOpens += 1;
  c.advertisedMss = clampToUser(c.userMss, mssToAdvertise(env));
  c.timestampOffset = env.timestampOffset();
  // Until the peer speaks, options are hoped for: they only decide what the SYN asks.
  c.headerBytes = 20 + (c.settings.timestamps ? 12 : 0);
  syncMss(c, env.mtuBytes());
  initialReceiveWindow(c, c.advertisedMss);
  const sequence = env.initialSequence();
  c.initialSendSequence = sequence;
  c.sndUna = sequence;
  c.sndNxt = seqAdd(sequence, 1);
  c.writeSeq = c.sndNxt;
  c.sendBase = c.sndNxt;
  c.sndSml = c.sndNxt;
  c.state = TcpState.SYN_SENT;
  c.retransStampNs = env.nowNs();
  c.queue.push(sequence, c.sndNxt, SYN, env.nowNs(), c.delivered);
  sendSyn(c);
  rearmRetransmit(c);
}

/** Copies bytes into the send buffer and sends what may go. Returns how many were taken. */
export function writeStream(c: TcpConnection, buf: Uint8Array, offset: number, length: number): number {
  if (!c.canSend) return 0;
  const queued = c.queuedBytes;
  const taken = Math.min(length, Math.max(0, c.sendBufferBytes - queued));
  if (taken > 0) {
    c.sendRing.reserve(queued + taken, queued);
    c.sendRing.copyIn(queued, buf, offset, taken);
    c.writeSeq = seqAdd(c.writeSeq, taken);
  }
  if (taken < length) c.noSpace = true;
  if (c.hasUnsent) pushPending(c);
  return taken;
}

/** Sends what the windows and Nagle's rule allow; else makes sure a zero window will be probed. */
export function pushPending(c: TcpConnection): void {
  if (c.state === TcpState.CLOSED) return;
  writeTransmit(c, currentMss(c), c.noDelay || c.finQueued, false);
  if (c.packetsOut === 0 && c.hasUnsent && c.pendingTimer === PendingTimer.NONE) armProbe(c);
}

/**
 * The heart of sending (tcp_write_xmit): cuts unsent bytes into bursts no larger than the kernel's TSO goal, so
 * segment boundaries and PSH flags fall where Linux puts them. `probe` sends a single segment regardless of cwnd.
 */
export function writeTransmit(c: TcpConnection, mss: number, pushNow: boolean, probe: boolean): void {
  const maxSegments = segmentsPerBurst(c, mss);
  let sent = 0;
  let limitedByCwnd = false;
  while (c.hasUnsent) {
    const inFlight = c.packetsInFlight;
    let quota = probe ? 1 : Math.min(Math.max(c.cwnd >> 1, 1), c.cwnd - inFlight);
    if (quota <= 0) break;
    const unsent = (c.writeSeq - c.sndNxt) >>> 0;
    const windowLeft = seqDiff(c.windowEnd, c.sndNxt);
    if (unsent > 0 && windowLeft < Math.min(unsent, mss)) break;
    // A FIN alone still needs room for its sequence number only when data could not go.
    if (unsent <= mss) {
      if (!pushNow && !nagleAllows(c, unsent, mss)) break;
    } else if (!probe && shouldDefer(c, mss, maxSegments, inFlight, windowLeft, unsent)) {
      limitedByCwnd = (c.cwnd - inFlight) * c.mssCache < windowLeft;
      break;
    }
    quota = Math.min(quota, maxSegments);
    sent += sendBurst(c, mss, quota, unsent, windowLeft);
    if (probe) break;
  }
  limitedByCwnd ||= c.packetsInFlight >= c.cwnd;
  if (sent > 0 || limitedByCwnd) cwndValidate(c, limitedByCwnd);
  if (sent === 0) return;
  if (c.caState === CaState.CWR || c.caState === CaState.RECOVERY) c.prrOut += sent;
  if (!probe) scheduleLossProbe(c, false);
}

/** Sends up to `quota` segments; the last of several carries PSH, as a TSO packet's does. Returns how many. */
function sendBurst(c: TcpConnection, mss: number, quota: number, unsent: number, windowLeft: number): number {
  let bytes = Math.min(unsent, quota * mss, windowLeft);
  // Nagle does not hold back a burst's short end, but a burst ends on a full segment while more follows.
  if (bytes < unsent || (!c.noDelay && !c.finQueued && bytes > mss && c.packetsOut > 0)) {
    const whole = bytes - (bytes % mss);
    if (bytes < unsent || !nagleAllows(c, bytes % mss, mss)) bytes = whole === 0 ? bytes : whole;
  }
  const segments = Math.max(1, Math.ceil(bytes / mss));
  const hadPackets = c.packetsOut > 0;
  if (!hadPackets) restartIfIdle(c);
  const end = seqAdd(c.sndNxt, bytes);
  const withFin = c.finQueued && end === c.writeSeq;
  const gsoBytes = c.environment.gsoMaxBytes();
  if (gsoBytes > 0 && segments > 1) sendSuper(c, mss, bytes, withFin);
  else sendPieces(c, mss, bytes, withFin);
  if (!hadPackets || c.pendingTimer === PendingTimer.LOSS_PROBE) rearmRetransmit(c);
  return segments;
}

function sendPieces(c: TcpConnection, mss: number, bytes: number, withFin: boolean): void {
  const burst = bytes > mss;
  let left = bytes;
  do {
    const length = Math.min(left, mss);
    left -= length;
    const flags = endFlags(c, length, left === 0, burst, withFin);
    enqueueSent(c, length, flags, mss);
    const entry = c.queue.last - 1;
    const fin = (flags & FIN) !== 0 ? 1 : 0;
    sendDataSegment(c, c.queue.sequence[entry & c.queue.mask]!, length, flags, 0);
    if (fin === 1) c.finSent = true;
  } while (left > 0);
}

/** One super-segment for the device to cut; the queue still knows each piece. */
function sendSuper(c: TcpConnection, mss: number, bytes: number, withFin: boolean): void {
  const start = c.sndNxt;
  let left = bytes;
  let flags = 0;
  while (left > 0) {
    const length = Math.min(left, mss);
    left -= length;
    flags = endFlags(c, length, left === 0, true, withFin);
    enqueueSent(c, length, flags, mss);
  }
  if ((flags & FIN) !== 0) c.finSent = true;
  sendDataSegment(c, start, bytes, flags, mss);
}

function endFlags(c: TcpConnection, length: number, last: boolean, burst: boolean, withFin: boolean): number {
  if (!last) return ACK;
  const emptied = seqAdd(c.sndNxt, length) === c.writeSeq;
  let flags = ACK;
  // A lone FIN carries no PSH; data that ends what was written, or a burst of several, does.
  if (length > 0 && (emptied || burst)) flags |= PSH;
  if (withFin) flags |= FIN;
  return flags;
}

function enqueueSent(c: TcpConnection, length: number, flags: number, mss: number): void {
  const nowNs = c.environment.nowNs();
  const start = c.sndNxt;
  const end = seqAdd(start, length + ((flags & FIN) !== 0 ? 1 : 0));
  c.queue.push(start, end, flags & (FIN | PSH), nowNs, c.delivered);
  c.sndNxt = end;
  if (length < mss && length > 0) c.sndSml = end;
  if (length > 0) {
    sentData(c, nowNs);
    c.lastDataSentNs = nowNs;
  }
}

/** Nagle's rule in Minshall's form: one small segment may be outstanding (tcp_nagle_test). */
function nagleAllows(c: TcpConnection, length: number, mss: number): boolean {
  if (length >= mss || c.noDelay || c.finQueued || c.packetsOut === 0) return true;
  const smallUnacked = seqAfter(c.sndSml, c.sndUna) && !seqAfter(c.sndSml, c.sndNxt);
  return !smallUnacked;
}

/** Whether to wait for a larger burst, which the next ACK will allow (tcp_tso_should_defer). */
function shouldDefer(
  c: TcpConnection,
  mss: number,
  maxSegments: number,
  inFlight: number,
  windowLeft: number,
  unsent: number,
): boolean {
  if (c.caState >= CaState.RECOVERY) return false;
  const nowNs = c.environment.nowNs();
  if (nowNs - c.lastDataSentNs > 1e6) return false;
  const cwndLeft = (c.cwnd - inFlight) * c.mssCache;
  const limit = Math.min(windowLeft, cwndLeft);
  if (limit >= maxSegments * mss) return false;
  if (limit >= unsent) return false;
  if (limit >= Math.min(c.sndWnd, c.cwnd * c.mssCache) / 3) return false;
  const q = c.queue;
  if (q.length === 0) return false;
  // An ACK more than half a round trip away is not worth waiting for.
  return (nowNs - q.sentNs[q.first & q.mask]!) / 1000 >= c.srttUs8 / 16;
}

/** After an idle RTO the window that was earned is stale (RFC 5681 section 4.1). */
function restartIfIdle(c: TcpConnection): void {
  const nowNs = c.environment.nowNs();
  if (c.lastDataSentNs === 0) return;
  const idleNs = nowNs - c.lastDataSentNs;
  if (c.settings.slowStartAfterIdle && idleNs > c.rtoNs) cwndRestartAfterIdle(c, idleNs);
  c.congestion.onTransmitStart(c, Math.floor(idleNs / 1000));
}
