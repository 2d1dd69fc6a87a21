import type { TcpConnection } from './tcp-connection.ts';
import { EVENT_READABLE } from './tcp-connection.ts';
import {
  ACK_NOW,
  ACK_PUSHED,
  ACK_PUSHED2,
  enterQuickAck,
  MAX_QUICK_ACKS,
  noteDataReceived,
  scheduleAck,
} from './tcp-delayed-ack.ts';
import { CWR, FIN, PSH, TCP_HEADER_BYTES } from './tcp-header.ts';
import {
  clampWindow,
  growWindow,
  receiveWindow,
  sampleReceiverRtt,
  segmentMemory,
} from './tcp-receive-window.ts';
import { finReceived } from './tcp-close.ts';
import type { TcpSegmentIn } from './tcp-segment-in.ts';
import { timestampNow } from './tcp-transmit.ts';
import { seqAfter, seqBefore, seqDiff } from './sequence.ts';

const overlap = new Uint32Array(2);

/** Takes the payload and FIN of a segment in (tcp_data_queue; RFC 9293 section 3.10.7.4 seventh and eighth). */
export function queueData(c: TcpConnection, segment: TcpSegmentIn): void {
  const start = segment.sequence;
  const end = segment.endSequence;
  if (start === end) return;
  if (c.ecnOk && (segment.flags & CWR) !== 0) acceptCwr(c, segment);
  if (start === c.rcvNxt) {
    if (receiveWindow(c) === 0 && segment.payloadLength > 0) {
      c.environment.counters.TCPZeroWindowDrop += 1;
      outOfWindow(c);
      return;
    }
    acceptInOrder(c, segment, 0);
    return;
  }
  if (!seqAfter(end, c.rcvNxt)) {
    c.environment.counters.DelayedACKLost += 1;
    setDsack(c, start, end);
    outOfWindow(c);
    return;
  }
  if (!seqBefore(start, (c.rcvNxt + receiveWindow(c)) >>> 0)) {
    c.environment.counters.TCPOutOfWindow += 1;
    outOfWindow(c);
    return;
  }
  if (seqBefore(start, c.rcvNxt)) {
    setDsack(c, start, c.rcvNxt);
    if (receiveWindow(c) === 0) {
      c.environment.counters.TCPZeroWindowDrop += 1;
      outOfWindow(c);
      return;
    }
    acceptInOrder(c, segment, seqDiff(c.rcvNxt, start));
    return;
  }
  queueOutOfOrder(c, segment);
}

function outOfWindow(c: TcpConnection): void {
  enterQuickAck(c, MAX_QUICK_ACKS);
  scheduleAck(c);
}

/** `skip` bytes of the payload were received before. */
function acceptInOrder(c: TcpConnection, segment: TcpSegmentIn, skip: number): void {
  const length = segment.payloadLength - skip;
  if (length > 0) {
    if (!chargeMemory(c, segment.payloadLength)) return dropForMemory(c);
    store(c, segment, skip, length);
    c.rcvNxt = (c.rcvNxt + length) >>> 0;
    c.rcvDataEnd = c.rcvNxt;
    noteArrival(c, segment);
  }
  if ((segment.flags & FIN) !== 0) {
    c.rcvNxt = segment.endSequence;
    c.outOfOrder.clear();
    finReceived(c);
  }
  if (c.outOfOrder.count > 0) mergeOutOfOrder(c);
  if (c.sackCount > 0) dropOldSackBlocks(c);
  c.notify(EVENT_READABLE);
}

/** A gap was filled: what waited behind it is in order now; RFC 5681 section 4.2 asks for an ACK at once. */
function mergeOutOfOrder(c: TcpConnection): void {
  const reached = c.outOfOrder.advance(c.rcvNxt);
  const withFin = c.finPending && seqAfter(reached, c.rcvNxt) && reached === c.finSequence;
  c.rcvNxt = reached;
  c.rcvDataEnd = reached;
  if (withFin) {
    c.rcvNxt = (reached + 1) >>> 0;
    c.outOfOrder.clear();
    finReceived(c);
  }
  if (c.outOfOrder.count === 0) c.ackPending |= ACK_NOW;
}

function queueOutOfOrder(c: TcpConnection, segment: TcpSegmentIn): void {
  const start = segment.sequence;
  const end = (start + segment.payloadLength) >>> 0;
  checkCe(c, segment);
  c.environment.counters.TCPOFOQueue += 1;
  scheduleAck(c);
  if ((segment.flags & FIN) !== 0) {
    c.finPending = true;
    c.finSequence = end;
  }
  if (segment.payloadLength === 0) return;
  if (c.outOfOrder.covers(start, end)) {
    setDsack(c, start, end);
    return;
  }
  if (!chargeMemory(c, segment.payloadLength)) return dropForMemory(c);
  if (c.outOfOrder.overlaps(start, end, overlap)) setDsack(c, overlap[0]!, overlap[1]!);
  store(c, segment, 0, segment.payloadLength);
  c.outOfOrder.add(start, end);
  if (!c.sackOk) return;
  growWindow(c, segment.payloadLength);
  addSackBlock(c, c.outOfOrder.mergedStart, c.outOfOrder.mergedEnd);
}

function store(c: TcpConnection, segment: TcpSegmentIn, skip: number, length: number): void {
  if (c.orphaned) return;
  const offset = (segment.sequence + skip - c.copiedSeq) >>> 0;
  const used = Math.max(c.readableBytes, highestHeld(c));
  c.receiveRing.reserve(offset + length, used);
  c.receiveRing.copyIn(offset, segment.buf, segment.payloadOffset + skip, length);
}

/** How far past the read position the ring holds anything. */
function highestHeld(c: TcpConnection): number {
  const ranges = c.outOfOrder;
  return ranges.count === 0 ? 0 : (ranges.end(ranges.count - 1) - c.copiedSeq) >>> 0;
}

/** Room for a segment (tcp_try_rmem_schedule): tune, merge small pieces, give up what is out of order, in turn. */
function chargeMemory(c: TcpConnection, length: number): boolean {
  const memory = segmentMemory(c, length);
  if (c.receiveMemoryBytes > c.receiveBufferBytes) {
    clampWindow(c);
    if (c.receiveMemoryBytes > c.receiveBufferBytes) collapse(c);
    if (c.receiveMemoryBytes > c.receiveBufferBytes && c.outOfOrder.count > 0) pruneOutOfOrder(c);
    if (c.receiveMemoryBytes > c.receiveBufferBytes) return false;
  }
  c.receiveMemoryBytes += memory;
  return true;
}

/** Small segments merged into full pages cost little more than their bytes (tcp_collapse). */
function collapse(c: TcpConnection): void {
  const held = c.readableBytes + c.outOfOrder.bytes;
  c.receiveMemoryBytes = Math.min(c.receiveMemoryBytes, Math.ceil(held * 1.1) + 4096);
}

/** What lies beyond a gap is given up: the peer will send it again (tcp_prune_ofo_queue). */
function pruneOutOfOrder(c: TcpConnection): void {
  const held = c.readableBytes + c.outOfOrder.bytes;
  c.receiveMemoryBytes = Math.round((c.receiveMemoryBytes * c.readableBytes) / held);
  c.outOfOrder.clear();
  c.finPending = false;
  c.sackCount = 0;
  c.environment.counters.OfoPruned += 1;
}

function dropForMemory(c: TcpConnection): void {
  c.environment.counters.TCPRcvQDrop += 1;
  scheduleAck(c);
  c.ackPending |= ACK_NOW;
}

/** Learns from a segment taken in order: its size, the round trip, ECN (tcp_event_data_recv). */
function noteArrival(c: TcpConnection, segment: TcpSegmentIn): void {
  measureSegment(c, segment);
  measureWindowRtt(c);
  noteDataReceived(c);
  checkCe(c, segment);
  if (segment.payloadLength >= 128) growWindow(c, segment.payloadLength);
}

/** The peer's segment size, as acknowledging every second segment needs it (tcp_measure_rcv_mss). */
function measureSegment(c: TcpConnection, segment: TcpSegmentIn): void {
  const last = c.lastSegmentBytes;
  c.lastSegmentBytes = 0;
  const length = segment.gsoSizeBytes > 0 ? segment.gsoSizeBytes : segment.payloadLength;
  if (length >= c.rcvMss) {
    c.rcvMss = Math.min(length, c.advertisedMss);
    // A full segment with PSH likely ends a write: acknowledged when it is read (Linux 6.6, and 6.1 from 6.1.57).
    if ((segment.flags & PSH) !== 0) c.ackPending |= ACK_PUSHED;
    return;
  }
  const total = length + segment.headerBytes;
  const pushed = (segment.flags & (PSH | FIN)) !== 0;
  if (total >= 536 + TCP_HEADER_BYTES || (total >= 88 + TCP_HEADER_BYTES && !pushed)) {
    const plain = total - c.headerBytes;
    c.lastSegmentBytes = plain;
    if (plain === last) {
      c.rcvMss = plain;
      return;
    }
  }
  if ((c.ackPending & ACK_PUSHED) !== 0) c.ackPending |= ACK_PUSHED2;
  c.ackPending |= ACK_PUSHED;
}

/** A round trip as the receiver sees it: the time to fill a window. */
function measureWindowRtt(c: TcpConnection): void {
  const nowNs = c.environment.nowNs();
  if (c.rcvRttStartNs !== 0) {
    if (seqBefore(c.rcvNxt, c.rcvRttSeq)) return;
    sampleReceiverRtt(c, Math.floor((nowNs - c.rcvRttStartNs) / 1000), true);
  }
  c.rcvRttSeq = (c.rcvNxt + c.rcvWnd) >>> 0;
  c.rcvRttStartNs = nowNs;
}

/** And from the timestamp that a full segment echoes. */
export function measureTimestampRtt(c: TcpConnection, segment: TcpSegmentIn): void {
  if (!c.sawTimestamps || c.tsEcr === 0 || c.tsEcr === c.rcvRttLastTsEcr) return;
  c.rcvRttLastTsEcr = c.tsEcr;
  if (segment.payloadLength < c.rcvMss) return;
  const deltaMs = (timestampNow(c) - c.timestampOffset - c.tsEcr) >>> 0;
  if (deltaMs < 0x7fffffff / 1000) sampleReceiverRtt(c, Math.max(deltaMs, 1) * 1000, false);
}

// ---- SACK blocks to report ----

function setDsack(c: TcpConnection, start: number, end: number): void {
  if (!c.sackOk || !c.settings.dsack || start === end) return;
  if (c.dsackPending && (seqBefore(end, c.dsackStart) || seqAfter(start, c.dsackEnd))) return;
  if (!c.dsackPending) {
    c.dsackPending = true;
    c.dsackStart = start;
    c.dsackEnd = end;
    return;
  }
  if (seqBefore(start, c.dsackStart)) c.dsackStart = start;
  if (seqAfter(end, c.dsackEnd)) c.dsackEnd = end;
}

/** The block with the newest segment goes first; blocks it swallowed vanish (RFC 2018 section 4). */
function addSackBlock(c: TcpConnection, start: number, end: number): void {
  const edges = c.sackEdges;
  let kept = 0;
  for (let i = 0; i < c.sackCount; i++) {
    const blockStart = edges[2 * i]!;
    const blockEnd = edges[2 * i + 1]!;
    if (!seqBefore(blockStart, start) && !seqAfter(blockEnd, end)) continue;
    edges[2 * kept] = blockStart;
    edges[2 * kept + 1] = blockEnd;
    kept += 1;
  }
  kept = Math.min(kept, 3);
  edges.copyWithin(2, 0, 2 * kept);
  edges[0] = start;
  edges[1] = end;
  c.sackCount = kept + 1;
}

function dropOldSackBlocks(c: TcpConnection): void {
  if (c.outOfOrder.count === 0) {
    c.sackCount = 0;
    return;
  }
  const edges = c.sackEdges;
  let kept = 0;
  for (let i = 0; i < c.sackCount; i++) {
    if (!seqAfter(edges[2 * i + 1]!, c.rcvNxt)) continue;
    edges[2 * kept] = edges[2 * i]!;
    edges[2 * kept + 1] = edges[2 * i + 1]!;
    kept += 1;
  }
  c.sackCount = kept;
}

// ---- ECN, the receiver's half (RFC 3168 section 6.1.3) ----

function checkCe(c: TcpConnection, segment: TcpSegmentIn): void {
  if (!c.ecnOk || !segment.congestionExperienced) return;
  if (!c.ecnDemandCwr) enterQuickAck(c, 2);
  c.ecnDemandCwr = true;
}

function acceptCwr(c: TcpConnection, segment: TcpSegmentIn): void {
  c.ecnDemandCwr = false;
  if (segment.payloadLength > 0) c.ackPending |= ACK_NOW;
}
