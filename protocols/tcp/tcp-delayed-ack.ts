import type { TcpConnection } from './tcp-connection.ts';
import { selectableWindow } from './tcp-receive-window.ts';
import { sendAck } from './tcp-transmit.ts';

/** When to acknowledge: quick ACKs first, then delayed ones (RFC 1122 section 4.2.3.2, icsk_ack of Linux). */

export const ACK_SCHEDULED = 1;
export const ACK_TIMER = 2;
export const ACK_PUSHED = 4;
export const ACK_PUSHED2 = 8;
export const ACK_NOW = 16;

export const MAX_QUICK_ACKS = 16;
const DUP_ACK_THRESHOLD = 3;
/** One tick at HZ=250. */
const JIFFY_NS = 4e6;

export function scheduleAck(c: TcpConnection): void {
  c.ackPending |= ACK_SCHEDULED;
}

/** Acknowledge the next segments at once, as many as half the window holds. */
export function addQuickAcks(c: TcpConnection, most: number): void {
  let quick = Math.floor(c.rcvWnd / (2 * c.rcvMss));
  if (quick === 0) quick = 2;
  c.quickAcks = Math.max(c.quickAcks, Math.min(quick, most));
}

export function enterQuickAck(c: TcpConnection, most: number): void {
  addQuickAcks(c, most);
  c.pingPong = false;
  c.atoNs = c.settings.delayedAckMinNs;
}

/** Data arrived: adapt the delay to its pace (tcp_event_data_recv). */
export function noteDataReceived(c: TcpConnection): void {
  const nowNs = c.environment.nowNs();
  const least = c.settings.delayedAckMinNs;
  scheduleAck(c);
  if (c.atoNs === 0) {
    addQuickAcks(c, MAX_QUICK_ACKS);
    c.atoNs = least;
  } else {
    const gapNs = nowNs - c.lastDataReceivedNs;
    if (gapNs <= least / 2) c.atoNs = c.atoNs / 2 + least / 2;
    else if (gapNs < c.atoNs) c.atoNs = Math.min(c.atoNs / 2 + gapNs, c.rtoNs);
    else if (gapNs > c.rtoNs) addQuickAcks(c, MAX_QUICK_ACKS);
  }
  c.lastDataReceivedNs = nowNs;
}

/** Data left within the delay after data came: the two ends take turns, so ACKs can ride on answers. */
export function sentData(c: TcpConnection, nowNs: number): void {
  if (nowNs - c.lastDataReceivedNs < c.atoNs) c.pingPong = true;
}

/** A segment with ACK left: nothing is owed any more. */
export function acknowledgementSent(c: TcpConnection): void {
  if (c.compressedAcks > 0) c.cancelCompressedAck();
  if (c.quickAcks > 0) {
    c.quickAcks -= 1;
    // The last quick ACK: start over with the shortest delay.
    if (c.quickAcks === 0) c.atoNs = c.settings.delayedAckMinNs;
  }
  if (c.ackPending === 0) return;
  c.ackPending = 0;
  c.ackTimer.cancel();
}

/** After a segment: acknowledge now, later, or as one of several SACKs (__tcp_ack_snd_check). */
export function acknowledgeCheck(c: TcpConnection): void {
  if ((c.ackPending & ACK_SCHEDULED) === 0) return;
  const unacked = (c.rcvNxt - c.rcvWup) >>> 0;
  const twoSegments = unacked > c.rcvMss && (c.rcvNxt === c.copiedSeq || selectableWindow(c) >= c.rcvWnd);
  if (twoSegments || (c.quickAcks > 0 && !c.pingPong) || (c.ackPending & ACK_NOW) !== 0) {
    sendAck(c);
    return;
  }
  if (c.outOfOrder.count === 0) {
    delayAck(c);
    return;
  }
  if (!compressSack(c)) sendAck(c);
}

/** Beyond the third duplicate, SACKs are thinned out to one in a twentieth of a round trip. */
function compressSack(c: TcpConnection): boolean {
  if (!c.sackOk || c.compressedAcks >= c.settings.compressedSackCount) return false;
  if (c.compressedAckSeq !== c.rcvNxt) {
    c.compressedAckSeq = c.rcvNxt;
    c.dupAckCounter = 0;
  }
  if (c.dupAckCounter < DUP_ACK_THRESHOLD) {
    c.dupAckCounter += 1;
    return false;
  }
  c.compressedAcks += 1;
  if (c.compressedAcks > 1) return true;
  let rttUs = c.rcvRttUs >> 3;
  if (c.srttUs8 > 0 && c.srttUs8 >> 3 < rttUs) rttUs = c.srttUs8 >> 3;
  c.compressedAckTimer.arm(Math.min(c.settings.compressedSackDelayNs, rttUs * 50));
  return true;
}

/** Arms the delayed ACK timer, never later than it stands (tcp_send_delayed_ack). */
function delayAck(c: TcpConnection): void {
  const nowNs = c.environment.nowNs();
  const settings = c.settings;
  let ato = c.atoNs;
  if (ato > settings.delayedAckMinNs) {
    let most = 500e6;
    if (c.pingPong || (c.ackPending & ACK_PUSHED) !== 0) most = settings.delayedAckMaxNs;
    if (c.srttUs8 > 0) most = Math.min(most, Math.max((c.srttUs8 >> 3) * 1000, settings.delayedAckMinNs));
    ato = Math.min(ato, most);
  }
  // A FIN before any data finds no delay set: the timer's next tick.
  ato = Math.max(Math.min(ato, settings.delayedAckMaxNs), JIFFY_NS);
  let deadline = nowNs + ato;
  if ((c.ackPending & ACK_TIMER) !== 0) {
    if (c.ackTimeoutNs <= nowNs + ato / 4) {
      sendAck(c);
      return;
    }
    deadline = Math.min(deadline, c.ackTimeoutNs);
  }
  c.ackPending |= ACK_SCHEDULED | ACK_TIMER;
  c.ackTimeoutNs = deadline;
  c.ackTimer.arm(Math.max(deadline - nowNs, 1));
}

/** The timer went off; true when an ACK is owed. The delay adapts to having been too short or too long. */
export function leaveDelayedAck(c: TcpConnection): boolean {
  if ((c.ackPending & ACK_TIMER) === 0) return false;
  c.ackPending &= ~ACK_TIMER;
  if ((c.ackPending & ACK_SCHEDULED) === 0) return false;
  if (c.pingPong) {
    c.pingPong = false;
    c.atoNs = c.settings.delayedAckMinNs;
  } else {
    c.atoNs = Math.min(c.atoNs * 2, c.rtoNs);
  }
  return true;
}
