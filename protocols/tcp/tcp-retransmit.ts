import { CaState } from './congestion/congestion-control.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { ACK, FIN, SYN } from './tcp-header.ts';
import { currentMss } from './tcp-mss.ts';
import { armRetransmit, PendingTimer } from './tcp-timers.ts';
import { sendDataSegment, sendSyn } from './tcp-transmit.ts';
import { seqAdd, seqAfter, seqDiff } from './sequence.ts';
import { TcpState } from './tcp-state.ts';
import { EVER_RETRANSMITTED, LOST, RETRANSMITTED, SACKED } from './transmit-queue.ts';

/** Marks a segment lost (tcp_mark_skb_lost); a retransmission of it that was in flight counts as lost too. */
export function markLost(c: TcpConnection, index: number): void {
  const q = c.queue;
  const slot = index & q.mask;
  const marks = q.marks[slot]!;
  if ((marks & SACKED) !== 0) return;
  if (c.retransmitHint < 0 || index < c.retransmitHint) c.retransmitHint = index;
  if ((marks & LOST) !== 0) {
    if ((marks & RETRANSMITTED) === 0) return;
    q.marks[slot] = marks & ~RETRANSMITTED;
    c.retransOut -= 1;
    c.lostTotal += 1;
    return;
  }
  q.marks[slot] = marks | LOST;
  c.lostOut += 1;
  c.lostTotal += 1;
}

/** Sends one segment of the queue again as part of a recovery. False when the peer's window does not allow it. */
export function retransmitSegment(c: TcpConnection, index: number): boolean {
  if (!resendSegment(c, index)) return false;
  const q = c.queue;
  const slot = index & q.mask;
  if ((q.marks[slot]! & RETRANSMITTED) === 0) c.retransOut += 1;
  q.marks[slot] = q.marks[slot]! | RETRANSMITTED;
  if (c.retransStampNs === 0) c.retransStampNs = c.environment.nowNs();
  if (c.undoRetrans < 0) c.undoRetrans = 0;
  c.undoRetrans += 1;
  return true;
}

/** Sends one segment again without counting it as a repair: a tail loss probe (__tcp_retransmit_skb). */
export function resendSegment(c: TcpConnection, index: number): boolean {
  const q = c.queue;
  if (!fitsWindow(c, index)) return false;
  cutToMss(c, index);
  const slot = index & q.mask;
  c.environment.counters.RetransSegs += 1;
  c.totalRetransmits += 1;
  q.marks[slot] = q.marks[slot]! | EVER_RETRANSMITTED;
  q.markSent(index, c.environment.nowNs(), c.delivered);
  const flags = q.flags[slot]!;
  if ((flags & SYN) !== 0) sendSyn(c, c.state !== TcpState.SYN_SENT);
  else {
    const start = q.sequence[slot]!;
    const length = ((q.end[slot]! - start) >>> 0) - ((flags & FIN) !== 0 ? 1 : 0);
    sendDataSegment(c, start, length, flags | ACK, 0);
  }
  return true;
}

/** Data beyond a window that shrank is not sent again, but the first segment is, as a probe. */
function fitsWindow(c: TcpConnection, index: number): boolean {
  const q = c.queue;
  if (index === q.first) return true;
  return !seqAfter(q.end[index & q.mask]!, c.windowEnd);
}

/** The MSS may have shrunk since; a head beyond the window is cut to what the window takes. */
function cutToMss(c: TcpConnection, index: number): void {
  const q = c.queue;
  const slot = index & q.mask;
  if ((q.flags[slot]! & SYN) !== 0) return;
  const start = q.sequence[slot]!;
  let most = currentMss(c);
  const windowLeft = seqDiff(c.windowEnd, start);
  if (windowLeft > 0 && windowLeft < most) most = windowLeft;
  const length = ((q.end[slot]! - start) >>> 0) - ((q.flags[slot]! & FIN) !== 0 ? 1 : 0);
  if (length > most) splitSegment(c, index, seqAdd(start, most));
}

/** Cuts a segment of the queue, keeping every count right. */
export function splitSegment(c: TcpConnection, index: number, sequence: number): void {
  const q = c.queue;
  const marks = q.marks[index & q.mask]!;
  q.split(index, sequence);
  if ((marks & SACKED) !== 0) c.sackedOut += 1;
  if ((marks & LOST) !== 0) c.lostOut += 1;
  if ((marks & RETRANSMITTED) !== 0) c.retransOut += 1;
  if (c.retransmitHint > index) c.retransmitHint += 1;
}

/** Sends lost segments again as far as the window allows (tcp_xmit_retransmit_queue). */
export function retransmitLost(c: TcpConnection): void {
  const q = c.queue;
  if (q.length === 0) return;
  let rearm = false;
  let index = Math.max(c.retransmitHint < 0 ? q.first : c.retransmitHint, q.first);
  let hole = false;
  for (; index < q.last; index++) {
    if (!hole) c.retransmitHint = index;
    if (c.cwnd - c.packetsInFlight <= 0 || c.retransOut >= c.lostOut) break;
    const marks = q.marks[index & q.mask]!;
    if ((marks & LOST) === 0) {
      if ((marks & (RETRANSMITTED | SACKED)) === 0) hole = true;
      continue;
    }
    if ((marks & (SACKED | RETRANSMITTED)) !== 0) continue;
    if (!retransmitSegment(c, index)) break;
    if (c.caState === CaState.CWR || c.caState === CaState.RECOVERY) c.prrOut += 1;
    if (index === q.first && c.pendingTimer !== PendingTimer.REORDER) rearm = true;
  }
  if (rearm) armRetransmit(c, c.rtoNs);
}
