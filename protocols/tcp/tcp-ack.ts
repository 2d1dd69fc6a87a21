import { CaState } from './congestion/congestion-control.ts';
import {
  FLAG_ACKED,
  FLAG_ALERT,
  FLAG_DATA,
  FLAG_DATA_ACKED,
  FLAG_DATA_SACKED,
  FLAG_DSACK,
  FLAG_DSACK_TLP,
  FLAG_ECE,
  FLAG_NOT_DUPLICATE,
  FLAG_ORIGINAL_ACKED,
  FLAG_RETRANSMIT_ACKED,
  FLAG_SACK_RENEGING,
  FLAG_SET_TIMER,
  FLAG_SYN_ACKED,
  FLAG_UNA_ADVANCED,
  FLAG_WINDOW_UPDATE,
} from './tcp-ack-flags.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { EVENT_WRITABLE } from './tcp-connection.ts';
import { updatePacingRate } from './tcp-cwnd.ts';
import { ECE, FIN, SYN } from './tcp-header.ts';
import { challengeAck, replaceTsRecent } from './tcp-validate.ts';
import { currentMss } from './tcp-mss.ts';
import { pushPending, writeTransmit } from './tcp-output.ts';
import { processTlpAck, rackAdvance, scheduleLossProbe, updateReorderWindow } from './tcp-rack.ts';
import {
  alertResult,
  cwndReduction,
  fastRetransmitAlert,
  removeRenoSacks,
  Retransmit,
} from './tcp-recovery.ts';
import { retransmitLost } from './tcp-retransmit.ts';
import { sampleRtt, updateMinRtt } from './tcp-rtt.ts';
import { AckSample, checkReordering, highestSacked, tagSackBlocks } from './tcp-sack.ts';
import type { TcpSegmentIn } from './tcp-segment-in.ts';
import { armProbe, PendingTimer, rearmRetransmit, stopProbe } from './tcp-timers.ts';
import { timestampNow } from './tcp-transmit.ts';
import { seqAfter, seqBefore, seqDiff } from './sequence.ts';
import { EVER_RETRANSMITTED, LOST, RETRANSMITTED, SACKED } from './transmit-queue.ts';

const sample = new AckSample();

/**
 * Digests the acknowledgement of a segment (tcp_ack, RFC 9293 section 3.10.7.4 fifth). False when the segment
 * must be dropped: it acknowledges what was never sent, or something far too old.
 */
export function processAck(c: TcpConnection, segment: TcpSegmentIn, updateTs: boolean): boolean {
  const ack = segment.acknowledgement;
  const priorUna = c.sndUna;
  if (seqBefore(ack, priorUna)) return oldAck(c, segment, priorUna);
  if (seqAfter(ack, c.sndNxt)) return false;
  const priorPackets = c.packetsOut;
  const priorDelivered = c.delivered;
  const priorLost = c.lostTotal;
  sample.reset(c);
  let flags = 0;
  if (seqAfter(ack, priorUna)) {
    flags |= FLAG_UNA_ADVANCED;
    c.retransmits = 0;
  }
  const priorHighest = c.sackOk ? highestSacked(c) : priorUna;
  if (updateTs) replaceTsRecent(c, segment);
  if (segment.payloadLength > 0 || (segment.flags & (SYN | FIN)) !== 0) flags |= FLAG_DATA;
  flags |= updateWindow(c, segment, ack);
  if (segment.sackCount > 0 && c.sackOk) flags |= tagSackBlocks(c, segment, priorUna, sample);
  if (c.ecnOk && (segment.flags & (ECE | SYN)) === ECE) flags |= FLAG_ECE;
  c.softError = null;
  c.probesOut = 0;
  c.lastReceivedNs = c.environment.nowNs();
  if (priorPackets === 0) {
    if ((flags & FLAG_DSACK) !== 0) fastRetransmitAlert(c, priorUna, 0, flags);
    ackWithNothingOut(c);
    return true;
  }
  flags |= cleanQueue(c, ack, priorHighest, segment);
  updateReorderWindow(c, sample.priorDelivered);
  if (c.tlpActive) probeAnswered(c, ack, flags);
  alertResult.retransmit = Retransmit.NONE;
  if ((flags & FLAG_NOT_DUPLICATE) === 0 || (flags & FLAG_ALERT) !== 0 || c.caState !== CaState.OPEN) {
    const duplicate = (flags & (FLAG_UNA_ADVANCED | FLAG_NOT_DUPLICATE | FLAG_DSACK)) === 0;
    fastRetransmitAlert(c, priorUna, duplicate ? 1 : 0, flags);
    flags = alertResult.flags;
  }
  const retransmit = alertResult.retransmit;
  if ((flags & FLAG_SET_TIMER) !== 0 && !scheduleLossProbe(c, true)) rearmRetransmit(c);
  controlCongestion(c, ack, c.delivered - priorDelivered, c.lostTotal - priorLost, flags);
  recover(c, retransmit);
  return true;
}

/** An ACK below SND.UNA may still carry SACKs; one from outside the last window is challenged (RFC 5961). */
function oldAck(c: TcpConnection, segment: TcpSegmentIn, priorUna: number): boolean {
  if (seqBefore(segment.acknowledgement, (priorUna - c.maxWindow) >>> 0)) {
    challengeAck(c);
    return false;
  }
  if (segment.sackCount === 0 || !c.sackOk || c.packetsOut === 0) return true;
  sample.reset(c);
  const flags = tagSackBlocks(c, segment, priorUna, sample);
  fastRetransmitAlert(c, priorUna, 0, flags);
  recover(c, alertResult.retransmit);
  return true;
}

/** RFC 9293 section 3.10.7.4: SND.WND, SND.WL1, SND.WL2, with the kernel's tcp_may_update_window. */
function updateWindow(c: TcpConnection, segment: TcpSegmentIn, ack: number): number {
  let window = segment.window;
  if ((segment.flags & SYN) === 0) window <<= c.sndWscale;
  let flags = 0;
  const newer =
    seqAfter(ack, c.sndUna) ||
    seqAfter(segment.sequence, c.sndWl1) ||
    (segment.sequence === c.sndWl1 && (window > c.sndWnd || window === 0));
  if (newer) {
    c.sndWl1 = segment.sequence;
    if (window !== c.sndWnd) {
      flags |= FLAG_WINDOW_UPDATE;
      c.sndWnd = window;
      if (window > c.maxWindow) {
        c.maxWindow = window;
        c.pathMtu = 0;
      }
    }
  }
  c.sndUna = ack;
  return flags;
}

/** Nothing was out: the ACK may open or close a window that is being probed. */
function ackWithNothingOut(c: TcpConnection): void {
  if (c.tlpActive) c.tlpActive = false;
  if (!c.hasUnsent) return;
  if (seqDiff(c.windowEnd, c.sndNxt) > 0) {
    stopProbe(c);
    return;
  }
  if (c.pendingTimer === PendingTimer.NONE || c.pendingTimer === PendingTimer.PROBE) armProbe(c);
}

function probeAnswered(c: TcpConnection, ack: number, flags: number): void {
  const plain = FLAG_UNA_ADVANCED | FLAG_NOT_DUPLICATE | FLAG_DATA_SACKED;
  processTlpAck(c, ack, (flags & FLAG_DSACK_TLP) !== 0, (flags & plain) === 0);
}

/** Removes what the cumulative ACK covers and takes the round trip samples (tcp_clean_rtx_queue). */
function cleanQueue(c: TcpConnection, ack: number, priorHighest: number, segment: TcpSegmentIn): number {
  const q = c.queue;
  const priorSacked = c.sackedOut;
  let flags = 0;
  let removed = 0;
  sample.reordered = priorHighest;
  let reorderedLow = c.sndNxt;
  while (q.first < q.last) {
    const slot = q.first & q.mask;
    if (seqAfter(q.end[slot]!, ack)) {
      trimPartlyAcked(c, q.first, ack);
      break;
    }
    const marks = q.marks[slot]!;
    if ((marks & EVER_RETRANSMITTED) !== 0) {
      if ((marks & RETRANSMITTED) !== 0) c.retransOut -= 1;
      flags |= FLAG_RETRANSMIT_ACKED;
    } else if ((marks & SACKED) === 0) {
      sample.lastAckedNs = q.sentNs[slot]!;
      if (sample.firstAckedNs < 0) sample.firstAckedNs = sample.lastAckedNs;
      if (seqBefore(q.sequence[slot]!, reorderedLow)) reorderedLow = q.sequence[slot]!;
      if (!seqAfter(q.end[slot]!, c.highSeq)) flags |= FLAG_ORIGINAL_ACKED;
    }
    if ((marks & SACKED) !== 0) c.sackedOut -= 1;
    else if (c.sackOk) {
      c.delivered += 1;
      if (!isSpurious(c, marks, segment, slot)) rackAdvance(c, marks, q.end[slot]!, q.sentNs[slot]!);
    }
    if ((marks & LOST) !== 0) c.lostOut -= 1;
    if (q.delivered[slot]! > sample.priorDelivered) sample.priorDelivered = q.delivered[slot]!;
    if ((q.flags[slot]! & SYN) !== 0) {
      flags |= FLAG_SYN_ACKED;
      c.retransStampNs = 0;
    } else flags |= FLAG_DATA_ACKED;
    removed += 1;
    q.shift();
  }
  if (removed > 0) releaseSendRing(c, ack);
  if (q.first < q.last && (q.marks[q.first & q.mask]! & SACKED) !== 0) flags |= FLAG_SACK_RENEGING;
  if (c.retransmitHint >= 0 && c.retransmitHint < q.first) c.retransmitHint = q.first;
  return flags | timeAndReorder(c, flags, removed, priorSacked, reorderedLow, priorHighest);
}

/** An ACK in the middle of a segment: the rest stays (tcp_trim_head). */
function trimPartlyAcked(c: TcpConnection, index: number, ack: number): void {
  const slot = index & c.queue.mask;
  if (!seqBefore(c.queue.sequence[slot]!, ack)) return;
  c.queue.sequence[slot] = ack;
  releaseSendRing(c, ack);
}

/** Gives the acknowledged bytes back; a FIN has a sequence number but no byte. */
function releaseSendRing(c: TcpConnection, ack: number): void {
  const upTo = seqAfter(ack, c.writeSeq) ? c.writeSeq : ack;
  const bytes = seqDiff(upTo, c.sendBase);
  if (bytes <= 0) return;
  c.sendRing.consume(bytes);
  c.sendBase = upTo;
}

/** The ACK echoes a time before the retransmission left, so it acknowledges the original. */
function isSpurious(c: TcpConnection, marks: number, segment: TcpSegmentIn, slot: number): boolean {
  if ((marks & EVER_RETRANSMITTED) === 0 || !segment.hasTimestamps || c.tsEcr === 0) return false;
  return seqBefore(c.tsEcr, Math.floor(c.queue.sentNs[slot]! / 1e6) >>> 0);
}

function timeAndReorder(
  c: TcpConnection,
  ackFlags: number,
  removed: number,
  priorSacked: number,
  reorderedLow: number,
  priorHighest: number,
): number {
  const nowNs = c.environment.nowNs();
  let flags = 0;
  let rttUs = -1;
  let congestionUs = -1;
  if (sample.firstAckedNs >= 0 && (ackFlags & FLAG_RETRANSMIT_ACKED) === 0) {
    rttUs = Math.floor((nowNs - sample.firstAckedNs) / 1000);
    congestionUs = Math.floor((nowNs - sample.lastAckedNs) / 1000);
  }
  let sackUs = -1;
  if (sample.firstSackedNs >= 0) {
    sackUs = Math.floor((nowNs - sample.firstSackedNs) / 1000);
    congestionUs = Math.floor((nowNs - sample.lastSackedNs) / 1000);
  }
  const sampled = updateRtt(c, ackFlags, rttUs, sackUs, congestionUs);
  if ((ackFlags & FLAG_ACKED) !== 0) {
    flags |= FLAG_SET_TIMER;
    if (c.sackOk) {
      if (seqBefore(reorderedLow, priorHighest)) reorderFilled(c, reorderedLow, priorHighest);
    } else {
      removeRenoSacks(c, removed);
    }
  } else if (sampled && sackUs >= 0 && c.queue.length > 0) {
    const headUs = (nowNs - c.queue.sentNs[c.queue.first & c.queue.mask]!) / 1000;
    if (sackUs > headUs) flags |= FLAG_SET_TIMER;
  }
  if (removed > 0 || c.sackedOut !== priorSacked) c.congestion.onAcked(c, congestionUs);
  sample.rttUs = congestionUs;
  return flags;
}

function reorderFilled(c: TcpConnection, low: number, priorHighest: number): void {
  if (c.sackedOut > 0) {
    checkReordering(c, low);
    return;
  }
  const metric = seqDiff(priorHighest, low);
  if (metric > c.reordering * c.mssCache) {
    c.reordering = Math.min(Math.ceil(metric / c.mssCache), c.settings.maxReordering);
  }
  c.reorderSeen += 1;
}

/** RFC 6298 samples: from segments sent once, else from SACKs, else from the timestamp echoed (RFC 7323). */
function updateRtt(
  c: TcpConnection,
  flags: number,
  rttUs: number,
  sackUs: number,
  congestionUs: number,
): boolean {
  let sampleUs = rttUs >= 0 ? rttUs : sackUs;
  let minUs = congestionUs;
  if (sampleUs < 0 && c.sawTimestamps && c.tsEcr !== 0 && (flags & FLAG_ACKED) !== 0) {
    const deltaMs = (timestampNow(c) - c.timestampOffset - c.tsEcr) >>> 0;
    if (deltaMs < 0x7fffffff / 1000) {
      sampleUs = Math.max(deltaMs, 1) * 1000;
      minUs = sampleUs;
    }
  }
  if (sampleUs < 0) return false;
  if (minUs >= 0) updateMinRtt(c, minUs);
  sampleRtt(c, sampleUs);
  c.backoff = 0;
  return true;
}

function controlCongestion(
  c: TcpConnection,
  ack: number,
  delivered: number,
  lost: number,
  flags: number,
): void {
  if (c.caState === CaState.CWR || c.caState === CaState.RECOVERY) {
    cwndReduction(c, delivered, lost, (flags & FLAG_UNA_ADVANCED) !== 0);
  } else if (mayRaise(c, flags)) {
    c.congestion.congestionAvoidance(c, ack, delivered);
    c.cwndStampNs = c.environment.nowNs();
  }
  updatePacingRate(c);
}

/** With reordering, SACKs count as progress too; else only cumulative ACKs let the window grow. */
function mayRaise(c: TcpConnection, flags: number): boolean {
  if (c.reordering > c.settings.reordering) return (flags & (FLAG_ACKED | FLAG_DATA_SACKED)) !== 0;
  return (flags & FLAG_DATA_ACKED) !== 0;
}

function recover(c: TcpConnection, retransmit: Retransmit): void {
  if (retransmit === Retransmit.NONE) return;
  if (retransmit === Retransmit.NEW) {
    writeTransmit(c, currentMss(c), true, false);
    if (seqAfter(c.sndNxt, c.highSeq)) return;
    c.frto = false;
  }
  retransmitLost(c);
}

/** After an ACK: send what became possible, and tell a writer that waits for space (tcp_data_snd_check). */
export function sendCheck(c: TcpConnection): void {
  if (c.hasUnsent) pushPending(c);
  if (c.noSpace) checkSpace(c);
}

function checkSpace(c: TcpConnection): void {
  if (!c.sendBufferLocked && c.packetsInFlight < c.cwnd) expandSendBuffer(c);
  const queued = c.queuedBytes;
  if (c.sendBufferBytes - queued < queued >> 1) return;
  c.noSpace = false;
  c.notify(EVENT_WRITABLE);
}

/** The send buffer follows the window: twice what is in flight, in kernel memory (tcp_sndbuf_expand). */
export function expandSendBuffer(c: TcpConnection): void {
  const perSegment = Math.max(c.mssClamp, c.mssCache) + 320 + 320;
  const memory = (1 << (32 - Math.clz32(perSegment - 1))) + 256;
  const segments = Math.max(c.settings.initialCwnd, c.cwnd, c.reordering + 1);
  const wanted = Math.min(2 * segments * memory, c.settings.wmem[2]);
  if (wanted > c.sendBufferBytes) c.sendBufferBytes = wanted;
}
