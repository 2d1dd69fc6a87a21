import { CaState } from './congestion/congestion-control.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { currentMss } from './tcp-mss.ts';
import { writeTransmit } from './tcp-output.ts';
import {
  cwndReduction,
  endCwndReduction,
  enterRecovery,
  initCwndReduction,
  tryKeepOpen,
} from './tcp-recovery.ts';
import { markLost, retransmitLost, resendSegment } from './tcp-retransmit.ts';
import { armTimer, PendingTimer, rearmRetransmit, retransmitDelayNs } from './tcp-timers.ts';
import { seqAfter, seqBefore } from './sequence.ts';
import { EVER_RETRANSMITTED, LOST, NONE, RETRANSMITTED } from './transmit-queue.ts';

/** RACK-TLP (RFC 8985) in the form of net/ipv4/tcp_recovery.c. */

const TIMER_SLACK_NS = 2e6;
const PERSIST_RECOVERIES = 16;
const MAX_STEPS = 255;

/** Whether segment (aNs, aEnd) was sent after (bNs, bEnd). */
function sentAfter(aNs: number, bNs: number, aEnd: number, bEnd: number): boolean {
  return aNs > bNs || (aNs === bNs && seqAfter(aEnd, bEnd));
}

/** RFC 8985 section 6.2 step 2: a segment was delivered. */
export function rackAdvance(c: TcpConnection, marks: number, end: number, sentNs: number): void {
  const rttUs = Math.floor((c.environment.nowNs() - sentNs) / 1000);
  // Too soon for the retransmission: it is the original that arrived.
  if (rttUs < c.minRttUs && (marks & EVER_RETRANSMITTED) !== 0) return;
  c.rackAdvanced = true;
  c.rackRttUs = rttUs;
  if (!sentAfter(sentNs, c.rackSentNs, end, c.rackEndSeq)) return;
  c.rackSentNs = sentNs;
  c.rackEndSeq = end;
}

/** How long reordered segments may come late: nothing until reordering was seen, else a part of the round trip. */
function reorderWindowUs(c: TcpConnection): number {
  if (c.reorderSeen === 0) {
    if (c.caState >= CaState.RECOVERY) return 0;
    if (c.sackedOut >= c.reordering) return 0;
  }
  const minRttUs = c.minRttUs === Infinity ? 0xffffffff : c.minRttUs;
  return Math.min(Math.floor(minRttUs / 4) * c.rackSteps, c.srttUs8 >> 3);
}

/** Time until a segment may be called lost, in microseconds; not positive when it may be now. */
export function rackRemainingUs(c: TcpConnection, index: number, windowUs: number): number {
  const q = c.queue;
  return c.rackRttUs + windowUs - Math.floor((c.environment.nowNs() - q.sentNs[index & q.mask]!) / 1000);
}

/** Marks what was sent before the newest delivery and is overdue; returns how long to wait for the rest. */
function detectLoss(c: TcpConnection): number {
  const q = c.queue;
  const windowUs = reorderWindowUs(c);
  let waitUs = 0;
  let index = q.oldestSent;
  while (index !== NONE) {
    const next = q.nextSent(index);
    const slot = index & q.mask;
    const marks = q.marks[slot]!;
    if ((marks & LOST) === 0 || (marks & RETRANSMITTED) !== 0) {
      if (!sentAfter(c.rackSentNs, q.sentNs[slot]!, c.rackEndSeq, q.end[slot]!)) break;
      const remainingUs = rackRemainingUs(c, index, windowUs);
      if (remainingUs <= 0) {
        markLost(c, index);
        q.unlink(index);
      } else {
        waitUs = Math.max(waitUs, remainingUs);
      }
    }
    index = next;
  }
  return waitUs;
}

/** True when the reordering timer was armed. */
export function rackMarkLost(c: TcpConnection): boolean {
  if (!c.rackAdvanced) return false;
  c.rackAdvanced = false;
  const waitUs = detectLoss(c);
  if (waitUs === 0) return false;
  armTimer(c, PendingTimer.REORDER, waitUs * 1000 + TIMER_SLACK_NS);
  return true;
}

/** Reordered segments had their time. */
export function reorderTimeout(c: TcpConnection): void {
  const before = c.packetsInFlight;
  const lost = c.lostTotal;
  detectLoss(c);
  if (before !== c.packetsInFlight) {
    if (c.caState !== CaState.RECOVERY) {
      enterRecovery(c, false);
      cwndReduction(c, 1, c.lostTotal - lost, false);
    }
    retransmitLost(c);
  }
  if (c.pendingTimer !== PendingTimer.RETRANSMIT) rearmRetransmit(c);
}

/** D-SACKs show that the window was too short: widen it, at most once a round trip (RFC 8985 section 6.2). */
export function updateReorderWindow(c: TcpConnection, priorDelivered: number): void {
  if (priorDelivered === 0) return;
  if (priorDelivered < c.rackLastDelivered) c.rackDsackSeen = false;
  if (c.rackDsackSeen) {
    c.rackSteps = Math.min(MAX_STEPS, c.rackSteps + 1);
    c.rackDsackSeen = false;
    c.rackLastDelivered = c.delivered;
    c.rackPersist = PERSIST_RECOVERIES;
  } else if (c.rackPersist === 0) {
    c.rackSteps = 1;
  }
}

/** Arms the probe timeout, two round trips (RFC 8985 section 7.2). False when no probe is due. */
export function scheduleLossProbe(c: TcpConnection, advancing: boolean): boolean {
  if (!c.settings.tailLossProbe || c.packetsOut === 0 || !c.sackOk) return false;
  if (c.caState !== CaState.OPEN && c.caState !== CaState.CWR) return false;
  let delayNs = c.settings.rtoInitialNs;
  if (c.srttUs8 > 0) {
    delayNs = (c.srttUs8 >> 2) * 1000;
    delayNs += c.packetsOut === 1 ? c.settings.rtoMinNs : TIMER_SLACK_NS;
  }
  const rtoNs = advancing ? c.rtoNs : retransmitDelayNs(c);
  if (rtoNs > 0) delayNs = Math.min(delayNs, rtoNs);
  armTimer(c, PendingTimer.LOSS_PROBE, delayNs);
  return true;
}

/** The probe timeout: new data if there is some, else the last segment again (RFC 8985 section 7.3). */
export function sendLossProbe(c: TcpConnection): void {
  if (!c.tlpActive && probe(c)) {
    c.environment.counters.TCPLossProbes += 1;
    c.tlpActive = true;
    c.tlpHighSeq = c.sndNxt;
    c.pendingTimer = PendingTimer.NONE;
  }
  rearmRetransmit(c);
}

function probe(c: TcpConnection): boolean {
  c.tlpRetransmitted = false;
  if (c.hasUnsent && seqBefore(c.sndNxt, c.windowEnd)) {
    const before = c.packetsOut;
    writeTransmit(c, currentMss(c), true, true);
    return c.packetsOut > before;
  }
  if (c.queue.length === 0) return false;
  if (!resendSegment(c, c.queue.last - 1)) return false;
  c.tlpRetransmitted = true;
  return true;
}

/** What the answer to a probe means (RFC 8985 section 7.4). */
export function processTlpAck(
  c: TcpConnection,
  ack: number,
  dsackOfProbe: boolean,
  pureDuplicate: boolean,
): void {
  if (!c.tlpActive || seqBefore(ack, c.tlpHighSeq)) return;
  if (!c.tlpRetransmitted || dsackOfProbe) {
    c.tlpActive = false;
  } else if (seqAfter(ack, c.tlpHighSeq)) {
    // The probe repaired a loss that would else have gone unnoticed.
    initCwndReduction(c);
    c.setCaState(CaState.CWR);
    endCwndReduction(c);
    tryKeepOpen(c);
  } else if (pureDuplicate) {
    c.tlpActive = false;
  }
}
