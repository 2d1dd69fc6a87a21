import { FLAG_DATA_SACKED, FLAG_DSACK, FLAG_DSACK_TLP, FLAG_ORIGINAL_ACKED } from './tcp-ack-flags.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { rackAdvance } from './tcp-rack.ts';
import { splitSegment } from './tcp-retransmit.ts';
import type { TcpSegmentIn } from './tcp-segment-in.ts';
import { seqAfter, seqBefore, seqDiff } from './sequence.ts';
import { EVER_RETRANSMITTED, LOST, RETRANSMITTED, SACKED } from './transmit-queue.ts';

/** What one ACK told about times and order; scratch, filled anew for every ACK. */
export class AckSample {
  flags = 0;
  firstAckedNs = -1;
  lastAckedNs = -1;
  firstSackedNs = -1;
  lastSackedNs = -1;
  /** Lowest sequence newly acknowledged below what was SACKed before: it was reordered. */
  reordered = 0;
  hasReordered = false;
  priorDelivered = 0;
  rttUs = -1;

  reset(c: TcpConnection): void {
    this.flags = 0;
    this.firstAckedNs = -1;
    this.lastAckedNs = -1;
    this.firstSackedNs = -1;
    this.lastSackedNs = -1;
    this.reordered = c.sndNxt;
    this.hasReordered = false;
    this.priorDelivered = 0;
    this.rttUs = -1;
  }

  noteReordered(sequence: number): void {
    if (this.hasReordered && !seqBefore(sequence, this.reordered)) return;
    this.reordered = sequence;
    this.hasReordered = true;
  }
}

/** The highest SACKed sequence, or SND.UNA: holes below it are what reordering or loss left. */
export function highestSacked(c: TcpConnection): number {
  return c.sackedOut > 0 ? c.highestSack : c.sndUna;
}

/** Marks what an ACK's SACK blocks cover (RFC 2018, RFC 2883, RFC 6675 section 3). Returns flags. */
export function tagSackBlocks(
  c: TcpConnection,
  segment: TcpSegmentIn,
  priorUna: number,
  sample: AckSample,
): number {
  sample.flags = 0;
  if (c.sackedOut === 0) {
    c.highestSack = c.sndUna;
    c.sackCacheCount = 0;
  }
  const isDsack = checkDsack(c, segment, priorUna, sample);
  if (isDsack) tagBlock(c, segment.sackEdges[0]!, segment.sackEdges[1]!, true, sample);
  // In ascending order, or a hole between two blocks of one ACK would look like reordering.
  const count = sortBlocks(segment, isDsack ? 1 : 0);
  for (let i = 0; i < count; i++) tagBlock(c, sorted[2 * i]!, sorted[2 * i + 1]!, false, sample);
  rememberBlocks(c, segment, isDsack);
  if (sample.hasReordered) checkReordering(c, sample.reordered);
  sample.hasReordered = false;
  return sample.flags;
}

const sorted = new Uint32Array(8);

/** Copies the blocks from index `from` into `sorted`, lowest first; returns how many. */
function sortBlocks(segment: TcpSegmentIn, from: number): number {
  let count = 0;
  for (let i = from; i < segment.sackCount; i++, count++) {
    const start = segment.sackEdges[2 * i]!;
    let at = count;
    while (at > 0 && seqAfter(sorted[2 * at - 2]!, start)) {
      sorted[2 * at] = sorted[2 * at - 2]!;
      sorted[2 * at + 1] = sorted[2 * at - 1]!;
      at -= 1;
    }
    sorted[2 * at] = start;
    sorted[2 * at + 1] = segment.sackEdges[2 * i + 1]!;
  }
  return count;
}

function tagBlock(c: TcpConnection, start: number, end: number, dup: boolean, sample: AckSample): void {
  if (!isBlockValid(c, start, end, dup)) return;
  tagRange(c, dup ? start : skipCached(c, start, end), end, dup, sample);
}

function isBlockValid(c: TcpConnection, start: number, end: number, dup: boolean): boolean {
  if (seqAfter(end, c.sndNxt) || !seqBefore(start, end)) return false;
  if (!seqBefore(start, c.sndNxt)) return false;
  if (seqAfter(end, c.sndUna)) return true;
  return dup && c.undoActive && !seqBefore(start, (c.undoMarker - c.maxWindow) >>> 0);
}

/** RFC 2883: the first block lies below the ACK, or within the second. */
function checkDsack(c: TcpConnection, segment: TcpSegmentIn, priorUna: number, sample: AckSample): boolean {
  if (segment.sackCount === 0) return false;
  const start = segment.sackEdges[0]!;
  const end = segment.sackEdges[1]!;
  let dup = seqBefore(start, segment.acknowledgement);
  if (!dup && segment.sackCount > 1) {
    dup = !seqAfter(end, segment.sackEdges[3]!) && !seqBefore(start, segment.sackEdges[2]!);
  }
  if (!dup) return false;
  sample.flags |= FLAG_DSACK;
  if (c.tlpActive && c.tlpRetransmitted && end === c.tlpHighSeq) sample.flags |= FLAG_DSACK_TLP;
  else c.rackDsackSeen = true;
  // A duplicate of data below this ACK, which no entry stands for any more.
  if (c.undoActive && c.undoRetrans > 0 && !seqAfter(end, priorUna) && seqAfter(end, c.undoMarker)) {
    c.undoRetrans -= 1;
  }
  return true;
}

/** Where tagging must begin: past what the same block covered on the last ACK. */
function skipCached(c: TcpConnection, start: number, end: number): number {
  for (let i = 0; i < c.sackCacheCount; i++) {
    const cachedEnd = c.sackCache[2 * i + 1]!;
    if (c.sackCache[2 * i] === start && !seqAfter(cachedEnd, end)) return cachedEnd;
  }
  return start;
}

function rememberBlocks(c: TcpConnection, segment: TcpSegmentIn, isDsack: boolean): void {
  let kept = 0;
  for (let i = isDsack ? 1 : 0; i < segment.sackCount; i++) {
    const start = segment.sackEdges[2 * i]!;
    const end = segment.sackEdges[2 * i + 1]!;
    if (!isBlockValid(c, start, end, false)) continue;
    c.sackCache[2 * kept] = start;
    c.sackCache[2 * kept + 1] = end;
    kept += 1;
  }
  c.sackCacheCount = kept;
}

function tagRange(c: TcpConnection, start: number, end: number, dup: boolean, sample: AckSample): void {
  const q = c.queue;
  for (let i = q.find(start); i < q.last; i++) {
    const slot = i & q.mask;
    if (!seqBefore(q.sequence[slot]!, end)) return;
    if (seqBefore(q.sequence[slot]!, start)) {
      // The block begins inside a segment: only the rest of it arrived.
      if (!dup) splitSegment(c, i, start);
      continue;
    }
    if (seqAfter(q.end[slot]!, end)) {
      if (dup) return;
      splitSegment(c, i, end);
    }
    tagSegment(c, i, dup, sample);
  }
}

function tagSegment(c: TcpConnection, index: number, dup: boolean, sample: AckSample): void {
  const q = c.queue;
  const slot = index & q.mask;
  let marks = q.marks[slot]!;
  const start = q.sequence[slot]!;
  const end = q.end[slot]!;
  if (dup && (marks & EVER_RETRANSMITTED) !== 0) {
    if (c.undoActive && c.undoRetrans > 0 && seqAfter(end, c.undoMarker)) c.undoRetrans -= 1;
    if ((marks & SACKED) !== 0) sample.noteReordered(start);
  }
  if ((marks & SACKED) === 0) {
    rackAdvance(c, marks, end, q.sentNs[slot]!);
    noteDelivered(c, index, sample);
    marks = clearLoss(c, marks) | SACKED;
    sample.flags |= FLAG_DATA_SACKED;
    c.sackedOut += 1;
    c.delivered += 1;
    if (seqAfter(end, c.highestSack)) c.highestSack = end;
    q.unlink(index);
  }
  if (dup && (marks & RETRANSMITTED) !== 0) {
    marks &= ~RETRANSMITTED;
    c.retransOut -= 1;
  }
  q.marks[slot] = marks;
}

function noteDelivered(c: TcpConnection, index: number, sample: AckSample): void {
  const q = c.queue;
  const slot = index & q.mask;
  sample.priorDelivered = Math.max(sample.priorDelivered, q.delivered[slot]!);
  if ((q.marks[slot]! & EVER_RETRANSMITTED) !== 0) return;
  if (seqBefore(q.sequence[slot]!, highestSacked(c))) sample.noteReordered(q.sequence[slot]!);
  if (!seqAfter(q.end[slot]!, c.highSeq)) sample.flags |= FLAG_ORIGINAL_ACKED;
  if (sample.firstSackedNs < 0) sample.firstSackedNs = q.sentNs[slot]!;
  sample.lastSackedNs = q.sentNs[slot]!;
}

/** A SACKed segment is not lost; a retransmission that was itself marked lost is no longer out. */
function clearLoss(c: TcpConnection, marks: number): number {
  if ((marks & RETRANSMITTED) !== 0) {
    if ((marks & LOST) === 0) return marks;
    c.lostOut -= 1;
    c.retransOut -= 1;
    return marks & ~(LOST | RETRANSMITTED);
  }
  if ((marks & LOST) !== 0) c.lostOut -= 1;
  return marks & ~LOST;
}

/** A hole that was never retransmitted got filled: the network reorders by that distance. */
export function checkReordering(c: TcpConnection, lowSequence: number): void {
  const high = highestSacked(c);
  if (!seqBefore(lowSequence, high)) return;
  const metric = seqDiff(high, lowSequence);
  if (metric > c.reordering * c.mssCache) {
    c.reordering = Math.min(Math.ceil(metric / c.mssCache), c.settings.maxReordering);
  }
  c.reorderSeen += 1;
}
