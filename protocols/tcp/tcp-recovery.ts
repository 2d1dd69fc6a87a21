import { CaState, INFINITE_SSTHRESH } from './congestion/congestion-control.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { currentSsthresh } from './tcp-cwnd.ts';
import { rackMarkLost, rackRemainingUs } from './tcp-rack.ts';
import { markLost } from './tcp-retransmit.ts';
import { checkReordering } from './tcp-sack.ts';
import {
  FLAG_DATA_SACKED,
  FLAG_ECE,
  FLAG_LOST_RETRANSMIT,
  FLAG_ORIGINAL_ACKED,
  FLAG_SACK_RENEGING,
  FLAG_SET_TIMER,
  FLAG_UNA_ADVANCED,
} from './tcp-ack-flags.ts';
import { armRetransmit } from './tcp-timers.ts';
import { seqAfter, seqBefore } from './sequence.ts';
import { EVER_RETRANSMITTED, LOST, SACKED } from './transmit-queue.ts';

/** What to send after an ACK was digested. */
export const Retransmit = { NONE: 0, LOST: 1, NEW: 2 } as const;
export type Retransmit = (typeof Retransmit)[keyof typeof Retransmit];

/** Flags that fastRetransmitAlert changes for its caller. */
export const alertResult = { flags: 0, retransmit: Retransmit.NONE as Retransmit };

/**
 * The state machine of loss recovery (tcp_fastretrans_alert): Open, Disorder, CWR, Recovery (RFC 6675 with PRR,
 * RFC 6937; NewReno, RFC 6582, without SACK), Loss (RFC 5681 with F-RTO, RFC 5682), each of which may turn out
 * needless and be undone (RFC 3522, RFC 3708).
 */
export function fastRetransmitAlert(
  c: TcpConnection,
  priorUna: number,
  dupAcks: number,
  ackFlags: number,
): void {
  alertResult.flags = ackFlags;
  alertResult.retransmit = Retransmit.NONE;
  const ece = (ackFlags & FLAG_ECE) !== 0;
  if (c.packetsOut === 0 && c.sackedOut > 0) c.sackedOut = 0;
  if (ece) c.priorSsthresh = 0;
  if (checkReneging(c, ackFlags)) return;
  if (c.caState === CaState.OPEN) c.retransStampNs = 0;
  else if (!seqBefore(c.sndUna, c.highSeq) && leaveState(c)) return;
  if (processState(c, priorUna, dupAcks, ackFlags, ece)) alertResult.retransmit = Retransmit.LOST;
}

/** high_seq was reached. True when nothing more is to be done. */
function leaveState(c: TcpConnection): boolean {
  if (c.caState === CaState.CWR) {
    // CWR is held until something above high_seq is acknowledged.
    if (c.sndUna !== c.highSeq) {
      endCwndReduction(c);
      c.setCaState(CaState.OPEN);
    }
  } else if (c.caState === CaState.RECOVERY) {
    if (!c.sackOk) c.sackedOut = 0;
    if (tryUndoRecovery(c)) return true;
    endCwndReduction(c);
  }
  return false;
}

/** True when lost segments are to be sent. */
function processState(
  c: TcpConnection,
  priorUna: number,
  dupAcks: number,
  flags: number,
  ece: boolean,
): boolean {
  const advanced = (flags & FLAG_UNA_ADVANCED) !== 0;
  if (c.caState === CaState.RECOVERY) {
    if (!advanced) addRenoSack(c, dupAcks, ece);
    else if (tryUndoPartial(c, priorUna)) return false;
    if (tryUndoDsack(c)) tryKeepOpen(c);
    identifyLoss(c, flags);
    if ((c.caState as CaState) === CaState.RECOVERY) return true;
    if (c.lostOut === 0) return false;
    enterRecovery(c, ece);
    return true;
  }
  if (c.caState === CaState.LOSS) {
    processLoss(c, flags, dupAcks);
    const sending = alertResult.retransmit;
    identifyLoss(c, flags);
    const reopened = (c.caState as CaState) === CaState.OPEN;
    if (!reopened && (alertResult.flags & FLAG_LOST_RETRANSMIT) === 0) return sending === Retransmit.LOST;
  }
  if (!c.sackOk) {
    if (advanced) c.sackedOut = 0;
    addRenoSack(c, dupAcks, ece);
  }
  if (c.caState <= CaState.DISORDER) tryUndoDsack(c);
  identifyLoss(c, flags);
  if (c.lostOut === 0) {
    tryToOpen(c, flags);
    return false;
  }
  c.environment.counters.TCPFastRetrans += 1;
  enterRecovery(c, ece);
  return true;
}

/** The peer dropped what it had SACKed: forget its SACKs at the next, early, timeout (RFC 2018 section 8). */
function checkReneging(c: TcpConnection, flags: number): boolean {
  if ((flags & FLAG_SACK_RENEGING) === 0) return false;
  c.environment.counters.TCPSACKReneging += 1;
  armRetransmit(c, Math.max((c.srttUs8 >> 4) * 1000, 10e6));
  return true;
}

function identifyLoss(c: TcpConnection, flags: number): void {
  if (c.queue.length === 0) return;
  if (!c.sackOk) {
    newRenoMarkLost(c, (flags & FLAG_UNA_ADVANCED) !== 0);
    return;
  }
  const before = c.retransOut;
  if (rackMarkLost(c)) alertResult.flags &= ~FLAG_SET_TIMER;
  if (before > c.retransOut) alertResult.flags |= FLAG_LOST_RETRANSMIT;
}

/** Without SACK: the head is lost at the third duplicate, and at every partial ACK (RFC 6582). */
function newRenoMarkLost(c: TcpConnection, advanced: boolean): void {
  const enters = c.caState < CaState.RECOVERY && c.sackedOut >= c.reordering;
  if (!enters && !(c.caState === CaState.RECOVERY && advanced)) return;
  const head = c.queue.first;
  if ((c.queue.marks[head & c.queue.mask]! & LOST) !== 0) return;
  markLost(c, head);
}

/** Each duplicate ACK stands for a segment that left the network. */
function addRenoSack(c: TcpConnection, dupAcks: number, ece: boolean): void {
  if (c.sackOk || dupAcks === 0) return;
  const before = c.sackedOut;
  c.sackedOut += dupAcks;
  limitRenoSacked(c);
  const delivered = c.sackedOut - before;
  if (delivered > 0 && !ece) c.delivered += delivered;
}

function limitRenoSacked(c: TcpConnection): void {
  const holes = Math.min(Math.max(c.lostOut, 1), c.packetsOut);
  if (c.sackedOut + holes <= c.packetsOut) return;
  c.sackedOut = Math.max(0, c.packetsOut - holes);
  // More duplicates than segments out: the network reorders.
  c.reordering = Math.min(c.packetsOut, c.settings.maxReordering);
  c.reorderSeen += 1;
}

/** A cumulative ACK without SACK covers the holes first, then what duplicates stood for. */
export function removeRenoSacks(c: TcpConnection, acked: number): void {
  if (acked > 0) {
    c.delivered += Math.max(acked - c.sackedOut, 1);
    c.sackedOut = acked - 1 >= c.sackedOut ? 0 : c.sackedOut - (acked - 1);
  }
  limitRenoSacked(c);
}

// ---- entering and leaving ----

function initUndo(c: TcpConnection): void {
  c.undoActive = true;
  c.undoMarker = c.sndUna;
  c.undoRetrans = c.retransOut > 0 ? c.retransOut : -1;
}

export function enterRecovery(c: TcpConnection, ece: boolean): void {
  if (c.sackOk) c.environment.counters.TCPSackRecovery += 1;
  else c.environment.counters.TCPRenoRecovery += 1;
  c.priorSsthresh = 0;
  initUndo(c);
  if (c.caState !== CaState.CWR && c.caState !== CaState.RECOVERY) {
    if (!ece) c.priorSsthresh = currentSsthresh(c);
    initCwndReduction(c);
  }
  c.setCaState(CaState.RECOVERY);
}

/** A timeout: everything out is lost but what RACK knows to be recent; one segment may be sent. */
export function enterLoss(c: TcpConnection): void {
  const fresh = c.caState < CaState.RECOVERY;
  timeoutMarkLost(c);
  const again = c.caState === CaState.LOSS && c.retransmits === 0;
  if (c.caState <= CaState.DISORDER || !seqAfter(c.highSeq, c.sndUna) || again) {
    c.priorSsthresh = currentSsthresh(c);
    c.priorCwnd = c.cwnd;
    c.ssthresh = c.congestion.ssthresh(c);
    initUndo(c);
  }
  c.cwnd = c.packetsInFlight + 1;
  c.cwndCount = 0;
  c.cwndStampNs = c.environment.nowNs();
  if (c.caState <= CaState.DISORDER && c.sackedOut >= c.settings.reordering) {
    c.reordering = Math.min(c.reordering, c.settings.reordering);
  }
  c.setCaState(CaState.LOSS);
  c.highSeq = c.sndNxt;
  if (c.ecnOk) c.ecnQueueCwr = true;
  c.frto = c.settings.frto && (fresh || c.retransmits > 0);
}

function timeoutMarkLost(c: TcpConnection): void {
  const q = c.queue;
  const reneged = q.length > 0 && (q.marks[q.first & q.mask]! & SACKED) !== 0;
  if (reneged) {
    c.sackedOut = 0;
    c.sackReneging = true;
    c.sackCacheCount = 0;
  } else if (!c.sackOk) {
    c.sackedOut = 0;
  }
  for (let i = q.first; i < q.last; i++) {
    const slot = i & q.mask;
    if (reneged) q.marks[slot] = q.marks[slot]! & ~SACKED;
    else if (c.sackOk && i !== q.first && rackRemainingUs(c, i, 0) > 0) continue;
    markLost(c, i);
  }
}

/** The MTU shrank: what is too big now is lost, without a reduction of the window (tcp_simple_retransmit). */
export function enterLossForMtu(c: TcpConnection, index: number): boolean {
  if ((c.queue.marks[index & c.queue.mask]! & (SACKED | LOST)) !== 0) return false;
  markLost(c, index);
  if (!c.sackOk) limitRenoSacked(c);
  if (c.caState === CaState.LOSS) return true;
  c.highSeq = c.sndNxt;
  c.ssthresh = currentSsthresh(c);
  c.priorSsthresh = 0;
  c.undoActive = false;
  c.setCaState(CaState.LOSS);
  return true;
}

/** Congestion without loss: ECE, or a TLP that repaired one. */
export function enterCwr(c: TcpConnection): void {
  c.priorSsthresh = 0;
  if (c.caState >= CaState.CWR) return;
  c.undoActive = false;
  initCwndReduction(c);
  c.setCaState(CaState.CWR);
}

export function initCwndReduction(c: TcpConnection): void {
  c.highSeq = c.sndNxt;
  c.tlpActive = false;
  c.cwndCount = 0;
  c.priorCwnd = c.cwnd;
  c.prrDelivered = 0;
  c.prrOut = 0;
  c.ssthresh = c.congestion.ssthresh(c);
  if (c.ecnOk) c.ecnQueueCwr = true;
}

/** Proportional rate reduction (RFC 6937), slow start bound. */
export function cwndReduction(c: TcpConnection, delivered: number, lost: number, advanced: boolean): void {
  if (delivered <= 0 || c.priorCwnd === 0) return;
  const inFlight = c.packetsInFlight;
  const delta = c.ssthresh - inFlight;
  c.prrDelivered += delivered;
  let send: number;
  if (delta < 0) {
    send = Math.floor((c.ssthresh * c.prrDelivered + c.priorCwnd - 1) / c.priorCwnd) - c.prrOut;
  } else {
    send = Math.max(c.prrDelivered - c.prrOut, delivered);
    if (advanced && lost === 0) send += 1;
    send = Math.min(delta, send);
  }
  // Entering recovery always sends one segment.
  c.cwnd = inFlight + Math.max(send, c.prrOut > 0 ? 0 : 1);
}

export function endCwndReduction(c: TcpConnection): void {
  if (c.ssthresh >= INFINITE_SSTHRESH || (c.caState !== CaState.CWR && !c.undoActive)) return;
  c.cwnd = c.ssthresh;
  c.cwndStampNs = c.environment.nowNs();
}

function anyRetransmissionOut(c: TcpConnection): boolean {
  if (c.retransOut > 0) return true;
  const q = c.queue;
  return q.length > 0 && (q.marks[q.first & q.mask]! & EVER_RETRANSMITTED) !== 0;
}

export function tryKeepOpen(c: TcpConnection): void {
  const disordered = c.sackedOut + c.lostOut > 0 || anyRetransmissionOut(c);
  const state = disordered ? CaState.DISORDER : CaState.OPEN;
  if (c.caState === state) return;
  c.setCaState(state);
  c.highSeq = c.sndNxt;
}

function tryToOpen(c: TcpConnection, flags: number): void {
  if (!anyRetransmissionOut(c)) c.retransStampNs = 0;
  if ((flags & FLAG_ECE) !== 0) enterCwr(c);
  if (c.caState !== CaState.CWR) tryKeepOpen(c);
}

/** RFC 5682 section 3.1 with SACK, and conventional recovery. */
function processLoss(c: TcpConnection, flags: number, dupAcks: number): void {
  const recovered = !seqBefore(c.sndUna, c.highSeq);
  const advanced = (flags & FLAG_UNA_ADVANCED) !== 0;
  if (advanced && tryUndoLoss(c, false)) return;
  if (c.frto && frtoStep(c, flags, dupAcks, advanced, recovered)) return;
  if (recovered) {
    tryUndoRecovery(c);
    return;
  }
  if (!c.sackOk) {
    if (seqAfter(c.sndNxt, c.highSeq) && dupAcks > 0) addRenoSack(c, dupAcks, (flags & FLAG_ECE) !== 0);
    else if (advanced) c.sackedOut = 0;
  }
  alertResult.retransmit = Retransmit.LOST;
}

function frtoStep(
  c: TcpConnection,
  flags: number,
  dupAcks: number,
  advanced: boolean,
  recovered: boolean,
): boolean {
  // Step 3.b: what was never retransmitted arrived, so the timeout was spurious.
  if ((flags & FLAG_ORIGINAL_ACKED) !== 0 && tryUndoLoss(c, true)) {
    c.environment.counters.TCPSpuriousRTOs += 1;
    return true;
  }
  if (seqAfter(c.sndNxt, c.highSeq)) {
    if ((flags & FLAG_DATA_SACKED) !== 0 || dupAcks > 0) c.frto = false;
    return false;
  }
  if (!advanced || recovered) return false;
  c.highSeq = c.sndNxt;
  // Step 2.b: new data will tell.
  if (c.hasUnsent && seqAfter(c.windowEnd, c.sndNxt)) {
    alertResult.retransmit = Retransmit.NEW;
    return true;
  }
  c.frto = false;
  return false;
}

// ---- undoing a reduction that was not needed ----

/** The ACK answers a segment sent before the first retransmission (Eifel, RFC 3522). */
function answersOriginal(c: TcpConnection): boolean {
  if (c.retransStampNs === 0 || !c.sawTimestamps || c.tsEcr === 0) return false;
  const retransmittedMs = (Math.floor(c.retransStampNs / 1e6) >>> 0) >>> 0;
  return seqBefore(c.tsEcr, retransmittedMs);
}

function mayUndo(c: TcpConnection): boolean {
  return c.undoActive && (c.undoRetrans === 0 || answersOriginal(c));
}

function undoReduction(c: TcpConnection, unmark: boolean): void {
  if (unmark) {
    const q = c.queue;
    for (let i = q.first; i < q.last; i++) q.marks[i & q.mask] = q.marks[i & q.mask]! & ~LOST;
    c.lostOut = 0;
    c.retransmitHint = -1;
  }
  if (c.priorSsthresh > 0) {
    c.cwnd = c.congestion.undoCwnd(c);
    if (c.priorSsthresh > c.ssthresh) {
      c.ssthresh = c.priorSsthresh;
      c.ecnQueueCwr = false;
    }
  }
  c.cwndStampNs = c.environment.nowNs();
  c.undoActive = false;
  c.rackAdvanced = true;
}

/** Without SACK the state is held until something above high_seq is acknowledged (RFC 6582 section 6). */
function renoHoldsState(c: TcpConnection): boolean {
  if (c.sackOk || c.sndUna !== c.highSeq) return false;
  if (!anyRetransmissionOut(c)) c.retransStampNs = 0;
  return true;
}

function tryUndoRecovery(c: TcpConnection): boolean {
  if (mayUndo(c)) {
    undoReduction(c, false);
    c.environment.counters.TCPFullUndo += 1;
  } else if (c.rackPersist > 0) {
    c.rackPersist -= 1;
  }
  if (renoHoldsState(c)) return true;
  c.setCaState(CaState.OPEN);
  c.sackReneging = false;
  return false;
}

function tryUndoDsack(c: TcpConnection): boolean {
  if (!c.undoActive || c.undoRetrans !== 0) return false;
  c.rackPersist = Math.min(16, c.rackPersist + 1);
  c.environment.counters.TCPDSACKUndo += 1;
  undoReduction(c, false);
  return true;
}

function tryUndoPartial(c: TcpConnection, priorUna: number): boolean {
  if (!c.undoActive || !answersOriginal(c)) return false;
  checkReordering(c, priorUna);
  if (c.retransOut > 0) return true;
  if (!anyRetransmissionOut(c)) c.retransStampNs = 0;
  undoReduction(c, true);
  tryKeepOpen(c);
  return false;
}

function tryUndoLoss(c: TcpConnection, frto: boolean): boolean {
  if (!frto && !mayUndo(c)) return false;
  undoReduction(c, true);
  c.retransmits = 0;
  if (renoHoldsState(c)) return true;
  if (frto || c.sackOk) {
    c.setCaState(CaState.OPEN);
    c.sackReneging = false;
  }
  return true;
}
