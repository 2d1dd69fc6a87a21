import { sendLossProbe, reorderTimeout } from './tcp-rack.ts';
import { finish } from './tcp-close.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { EVENT_ERROR } from './tcp-connection.ts';
import { leaveDelayedAck } from './tcp-delayed-ack.ts';
import { enterLoss } from './tcp-recovery.ts';
import { retransmitSegment } from './tcp-retransmit.ts';
import { sendActiveReset, sendAck, sendEmptyProbe } from './tcp-transmit.ts';
import { TcpState } from './tcp-state.ts';
import { currentMss } from './tcp-mss.ts';
import { writeTransmit } from './tcp-output.ts';
import { seqBefore } from './sequence.ts';

/** What the transmit timer stands for: at most one of these waits at a time (icsk_pending). */
export const PendingTimer = {
  NONE: 0,
  RETRANSMIT: 1,
  /** A zero window is being probed. */
  PROBE: 3,
  LOSS_PROBE: 5,
  REORDER: 6,
} as const;

export type PendingTimer = (typeof PendingTimer)[keyof typeof PendingTimer];

const RESOURCE_PROBE_NS = 500e6;

export function armTimer(c: TcpConnection, what: PendingTimer, delayNs: number): void {
  c.pendingTimer = what;
  c.transmitTimer.arm(Math.min(Math.max(delayNs, 1), c.settings.rtoMaxNs));
}

export function armRetransmit(c: TcpConnection, delayNs: number): void {
  armTimer(c, PendingTimer.RETRANSMIT, delayNs);
}

function clearTimer(c: TcpConnection): void {
  c.pendingTimer = PendingTimer.NONE;
  c.transmitTimer.cancel();
}

/** Time until the oldest segment's RTO runs out; may be negative. */
export function retransmitDelayNs(c: TcpConnection): number {
  const q = c.queue;
  return q.sentNs[q.first & q.mask]! + c.rtoNs - c.environment.nowNs();
}

/** Restarts the retransmission timer (RFC 6298 section 5.3), from the head's last sending if a probe timer ran. */
export function rearmRetransmit(c: TcpConnection): void {
  if (c.packetsOut === 0) {
    if (c.pendingTimer !== PendingTimer.PROBE) clearTimer(c);
    return;
  }
  let delayNs = c.rtoNs;
  if (c.pendingTimer === PendingTimer.REORDER || c.pendingTimer === PendingTimer.LOSS_PROBE) {
    delayNs = Math.max(retransmitDelayNs(c), 1);
  }
  armRetransmit(c, delayNs);
}

/** Arms the zero-window probe (RFC 9293 section 3.8.6.1), backing off as the RTO does. */
export function armProbe(c: TcpConnection): void {
  armTimer(c, PendingTimer.PROBE, probeDelayNs(c));
}

export function stopProbe(c: TcpConnection): void {
  c.backoff = 0;
  c.probesStartNs = 0;
  if (c.pendingTimer === PendingTimer.PROBE) clearTimer(c);
}

function probeDelayNs(c: TcpConnection): number {
  const base = Math.max(c.rtoNs, c.settings.rtoMinNs);
  return Math.min(base * 2 ** Math.min(c.backoff, 10), c.settings.rtoMaxNs);
}

/** The one transmit timer went off. */
export function transmitTimeout(c: TcpConnection): void {
  const what = c.pendingTimer;
  if (c.state === TcpState.CLOSED || what === PendingTimer.NONE) return;
  if (what === PendingTimer.REORDER) reorderTimeout(c);
  else if (what === PendingTimer.LOSS_PROBE) sendLossProbe(c);
  else {
    c.pendingTimer = PendingTimer.NONE;
    if (what === PendingTimer.RETRANSMIT) retransmitTimeout(c);
    else probeTimeout(c);
  }
  c.dispatchEvents();
}

/** RFC 6298 section 5.4 to 5.7. */
function retransmitTimeout(c: TcpConnection): void {
  if (c.packetsOut === 0) return;
  c.tlpActive = false;
  const shaking = c.state === TcpState.SYN_SENT || c.state === TcpState.SYN_RECEIVED;
  if (c.sndWnd === 0 && !c.orphaned && !shaking) {
    retransmitIntoZeroWindow(c);
    return;
  }
  if (gaveUp(c, shaking)) return;
  c.environment.counters.TCPTimeouts += 1;
  enterLoss(c);
  c.retransmits += 1;
  if (!retransmitSegment(c, c.queue.first)) {
    armRetransmit(c, RESOURCE_PROBE_NS);
    return;
  }
  c.backoff += 1;
  backOff(c);
}

/** The receiver took its window back: what was sent becomes the probe, for as long as it answers at all. */
function retransmitIntoZeroWindow(c: TcpConnection): void {
  if (c.environment.nowNs() - c.lastReceivedNs > c.settings.rtoMaxNs) {
    failWithTimeout(c);
    return;
  }
  enterLoss(c);
  retransmitSegment(c, c.queue.first);
  backOff(c);
}

function backOff(c: TcpConnection): void {
  c.rtoNs = Math.min(c.rtoNs * 2, c.settings.rtoMaxNs);
  let delayNs = c.rtoNs;
  if (c.userTimeoutNs > 0 && c.retransStampNs > 0) {
    const leftNs = c.userTimeoutNs - (c.environment.nowNs() - c.retransStampNs);
    delayNs = Math.min(delayNs, Math.max(leftNs, 1e6));
  }
  armRetransmit(c, delayNs);
}

function gaveUp(c: TcpConnection, shaking: boolean): boolean {
  let expired: boolean;
  if (shaking) {
    const retries = c.state === TcpState.SYN_SENT ? c.settings.synRetries : c.settings.synAckRetries;
    expired = c.retransmits >= retries;
    if (c.userTimeoutNs > 0) expired ||= timedOut(c, 0, c.userTimeoutNs);
  } else {
    expired = dataGaveUp(c);
  }
  if (expired) failWithTimeout(c);
  return expired;
}

function dataGaveUp(c: TcpConnection): boolean {
  let boundary = c.settings.retries2;
  if (c.orphaned) {
    boundary = orphanRetries(c, c.rtoNs < c.settings.rtoMaxNs);
  }
  return timedOut(c, boundary, c.userTimeoutNs);
}

function orphanRetries(c: TcpConnection, alive: boolean): number {
  if (c.softError !== null && !alive) return 0;
  return c.settings.orphanRetries === 0 && alive ? 8 : c.settings.orphanRetries;
}

/** Whether retries went on as long as `boundary` doublings of the least RTO would (retransmits_timed_out). */
function timedOut(c: TcpConnection, boundary: number, timeoutNs: number): boolean {
  if (c.retransmits === 0) return false;
  let limitNs = timeoutNs;
  if (limitNs === 0) {
    const base = c.settings.rtoMinNs;
    const doublings = Math.floor(Math.log2(c.settings.rtoMaxNs / base));
    const doubled = Math.min(boundary, doublings);
    limitNs = (2 * 2 ** doubled - 1) * base + Math.max(0, boundary - doublings) * c.settings.rtoMaxNs;
  }
  return c.environment.nowNs() - c.retransStampNs >= limitNs;
}

/** Fails with ETIMEDOUT, or with what ICMP said meanwhile (tcp_write_err). */
function failWithTimeout(c: TcpConnection): void {
  c.environment.counters.TCPAbortOnTimeout += 1;
  c.error = c.softError ?? 'ETIMEDOUT';
  c.notify(EVENT_ERROR);
  finish(c);
}

/** A zero window was silent for long enough: ask again. */
function probeTimeout(c: TcpConnection): void {
  if (c.packetsOut > 0 || !c.hasUnsent) {
    c.probesOut = 0;
    c.probesStartNs = 0;
    return;
  }
  const nowNs = c.environment.nowNs();
  if (c.probesStartNs === 0) c.probesStartNs = nowNs;
  let most = c.settings.retries2;
  if (c.orphaned) {
    const alive = c.rtoNs * 2 ** c.backoff < c.settings.rtoMaxNs;
    most = orphanRetries(c, alive);
    if (!alive && c.backoff >= most) return failWithTimeout(c);
  }
  if (c.userTimeoutNs > 0 && nowNs - c.probesStartNs >= c.userTimeoutNs) return failWithTimeout(c);
  if (c.probesOut >= most) return failWithTimeout(c);
  c.environment.counters.TCPWinProbe += 1;
  sendWindowProbe(c);
}

function sendWindowProbe(c: TcpConnection): void {
  wakeUp(c);
  if (c.packetsOut > 0 || !c.hasUnsent) {
    c.probesOut = 0;
    c.backoff = 0;
    return;
  }
  c.probesOut += 1;
  if (c.backoff < c.settings.retries2) c.backoff += 1;
  armProbe(c);
}

/** Sends something the peer must answer: a piece of data if its window takes one, else an empty segment. */
function wakeUp(c: TcpConnection): void {
  if (c.hasUnsent && seqBefore(c.sndNxt, c.windowEnd)) {
    const room = (c.windowEnd - c.sndNxt) >>> 0;
    writeTransmit(c, Math.min(currentMss(c), room), true, true);
    return;
  }
  sendEmptyProbe(c);
}

/** The time an ACK may wait is over. */
export function delayedAckTimeout(c: TcpConnection): void {
  if (c.state === TcpState.CLOSED) return;
  if (!leaveDelayedAck(c)) return;
  sendAck(c);
  c.dispatchEvents();
}

/** SACKs that were held back go out as one. */
export function compressedAckTimeout(c: TcpConnection): void {
  if (c.state === TcpState.CLOSED || c.compressedAcks === 0) return;
  c.compressedAcks = 0;
  sendAck(c);
}

export function restartKeepalive(c: TcpConnection): void {
  if (c.orphaned || c.state === TcpState.TIME_WAIT) return;
  const alive = c.state !== TcpState.CLOSED && c.state !== TcpState.SYN_SENT;
  if (c.keepAlive && alive) c.keepaliveTimer.arm(c.settings.keepaliveTimeNs);
  else c.cancelKeepalive();
}

/** The keep-alive timer also ends TIME-WAIT and an orphan's FIN-WAIT-2. */
export function keepaliveTimeout(c: TcpConnection): void {
  if (c.state === TcpState.TIME_WAIT || c.miniSocket) finish(c);
  else if (c.state === TcpState.FIN_WAIT_2 && c.orphaned) {
    sendActiveReset(c);
    finish(c);
  } else keepalive(c);
  c.dispatchEvents();
}

function keepalive(c: TcpConnection): void {
  if (!c.keepAlive || c.state === TcpState.CLOSED || c.state === TcpState.SYN_SENT) return;
  const settings = c.settings;
  const idleNs = c.environment.nowNs() - c.lastReceivedNs;
  if (c.packetsOut > 0 || c.hasUnsent || idleNs < settings.keepaliveTimeNs) {
    const waitNs =
      idleNs < settings.keepaliveTimeNs ? settings.keepaliveTimeNs - idleNs : settings.keepaliveTimeNs;
    c.keepaliveTimer.arm(waitNs);
    return;
  }
  const spent =
    c.userTimeoutNs > 0
      ? idleNs >= c.userTimeoutNs && c.probesOut > 0
      : c.probesOut >= settings.keepaliveProbes;
  if (spent) {
    sendActiveReset(c);
    failWithTimeout(c);
    return;
  }
  c.environment.counters.TCPKeepAlive += 1;
  wakeUp(c);
  c.probesOut += 1;
  c.keepaliveTimer.arm(settings.keepaliveIntervalNs);
}
