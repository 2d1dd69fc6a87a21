import { acknowledgementSent } from './tcp-delayed-ack.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { ACK, CWR, ECE, RST, SYN } from './tcp-header.ts';
import { sackBlocksToSend } from './tcp-mss.ts';
import { selectWindow } from './tcp-receive-window.ts';
import { SegmentOrigin } from './tcp-segment-out.ts';
import type { TcpSegmentOut } from './tcp-segment-out.ts';
import { seqBefore, seqDiff } from './sequence.ts';

/** Building and sending the segments of a connection (__tcp_transmit_skb). */

/** The millisecond clock of RFC 7323, as this connection shows it to the peer. */
export function timestampNow(c: TcpConnection): number {
  return (Math.floor(c.environment.nowNs() / 1e6) + c.timestampOffset) >>> 0;
}

function start(c: TcpConnection, sequence: number, flags: number): TcpSegmentOut {
  const out = c.out;
  out.reset();
  out.sequence = sequence;
  out.flags = flags;
  out.acknowledgement = (flags & ACK) !== 0 ? c.rcvNxt : 0;
  return out;
}

function putOptions(c: TcpConnection, out: TcpSegmentOut): void {
  if (c.timestampsOk) putTimestamps(c, out);
  const blocks = sackBlocksToSend(c);
  if (blocks > 0) putSack(c, out, blocks);
}

function putTimestamps(c: TcpConnection, out: TcpSegmentOut): void {
  out.hasTimestamps = true;
  out.tsVal = timestampNow(c);
  out.tsEcr = c.tsRecent;
}

function putSack(c: TcpConnection, out: TcpSegmentOut, blocks: number): void {
  let at = 0;
  if (c.dsackPending) {
    out.sackEdges[0] = c.dsackStart;
    out.sackEdges[1] = c.dsackEnd;
    at = 1;
    c.dsackPending = false;
  }
  for (let i = 0; at < blocks; i++, at++) {
    out.sackEdges[2 * at] = c.sackEdges[2 * i]!;
    out.sackEdges[2 * at + 1] = c.sackEdges[2 * i + 1]!;
  }
  out.sackCount = blocks;
}

/** SYN, or SYN-ACK when both ends opened at once (RFC 9293 section 3.5). */
export function sendSyn(c: TcpConnection, withAck = false): void {
  const out = start(c, c.initialSendSequence, withAck ? SYN | ACK : SYN);
  out.window = Math.min(c.rcvWnd, 65535);
  out.mssBytes = c.advertisedMss;
  const settings = c.settings;
  if (withAck ? c.timestampsOk : settings.timestamps) putTimestamps(c, out);
  out.sackPermitted = withAck ? c.sackOk : settings.sack;
  if (withAck ? c.windowScaleOk : settings.windowScaling) out.windowScale = c.rcvWscale;
  if (settings.ecn === 1 && !withAck) out.flags |= ECE | CWR;
  else if (withAck && c.ecnOk) out.flags |= ECE;
  c.environment.transmit(out);
  if (withAck) acknowledgementSent(c);
}

/** Data, FIN or both: `length` bytes from `sequence`, out of the send ring. */
export function sendDataSegment(
  c: TcpConnection,
  sequence: number,
  length: number,
  flags: number,
  gsoSizeBytes: number,
): void {
  const out = start(c, sequence, flags | ACK);
  out.window = selectWindow(c);
  putOptions(c, out);
  if (length > 0) out.setPayload(c.sendRing, (sequence - c.sendBase) >>> 0, length);
  out.gsoSizeBytes = gsoSizeBytes;
  if (c.ecnOk) markEcn(c, out);
  c.environment.transmit(out);
  acknowledgementSent(c);
}

/** ECT on new data only (RFC 3168 section 6.1.5), CWR once after a reduction, ECE until the peer's CWR. */
function markEcn(c: TcpConnection, out: TcpSegmentOut): void {
  const isNew = seqDiff(out.sequence + out.payloadLength, c.sndNxt) === 0 || out.gsoSizeBytes > 0;
  if (out.payloadLength > 0 && isNew) {
    out.ecnCapable = true;
    if (c.ecnQueueCwr) {
      c.ecnQueueCwr = false;
      out.flags |= CWR;
    }
  }
  if (c.ecnDemandCwr) out.flags |= ECE;
}

/** A pure acknowledgement. */
export function sendAck(c: TcpConnection): void {
  const out = start(c, c.sndNxt, ACK);
  out.window = selectWindow(c);
  putOptions(c, out);
  if (c.ecnOk && c.ecnDemandCwr) out.flags |= ECE;
  if (c.miniSocket) out.origin = SegmentOrigin.CONTROL;
  c.environment.transmit(out);
  acknowledgementSent(c);
}

/** A segment that only asks for an answer: one sequence number that was acknowledged long ago. */
export function sendEmptyProbe(c: TcpConnection): void {
  const out = start(c, (c.sndUna - 1) >>> 0, ACK);
  out.window = selectWindow(c);
  putOptions(c, out);
  c.environment.transmit(out);
}

/** An RST that this end decides to send (tcp_send_active_reset). */
export function sendActiveReset(c: TcpConnection): void {
  c.environment.counters.OutRsts += 1;
  // Sequence is what the peer surely has in its window.
  const sequence = seqBefore(c.windowEnd, c.sndNxt) ? c.windowEnd : c.sndNxt;
  const out = start(c, sequence, ACK | RST);
  out.window = selectWindow(c);
  if (c.timestampsOk) putTimestamps(c, out);
  c.environment.transmit(out);
}

/** An RST that answers a segment of a flow that is gone: from no socket, without options. */
export function sendResetFor(c: TcpConnection, sequence: number): void {
  c.environment.counters.OutRsts += 1;
  const out = start(c, sequence, RST);
  out.window = 0;
  out.origin = SegmentOrigin.CONTROL;
  c.environment.transmit(out);
}
