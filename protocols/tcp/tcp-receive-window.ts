import type { TcpConnection } from './tcp-connection.ts';
import { ACK_PUSHED, ACK_PUSHED2, ACK_SCHEDULED } from './tcp-delayed-ack.ts';
import type { TcpSettings } from './tcp-settings.ts';
import { sendAck } from './tcp-transmit.ts';
import { TcpState } from './tcp-state.ts';
import { MAX_WINDOW_SCALE } from './tcp-header.ts';

/** The window this end advertises: how it begins, grows and closes (net/ipv4/tcp_output.c, tcp_input.c). */

const RMEM_MAX = 212992;
const SMALL_SEGMENT_MEMORY = 1280;
const FULL_SEGMENT_MEMORY = 2304;

/** Half the memory is window, the other half is what sk_buffs cost (tcp_adv_win_scale 1). */
function windowOfMemory(bytes: number): number {
  return bytes >> 1;
}

/** tcp_full_space. */
export function fullSpace(c: TcpConnection): number {
  return windowOfMemory(c.receiveBufferBytes);
}

function freeSpace(c: TcpConnection): number {
  return Math.max(0, windowOfMemory(c.receiveBufferBytes - c.receiveMemoryBytes));
}

/** The first window: what the buffer allows in whole segments, at most 65535 (tcp_select_initial_window). */
export function initialWindow(bufferBytes: number, mss: number): number {
  const space = windowOfMemory(bufferBytes);
  return Math.min(space > mss ? space - (space % mss) : space, 65535);
}

/** The scale that lets the window grow to tcp_rmem's maximum: 7 by default. */
export function windowScaleFor(settings: TcpSettings): number {
  const most = Math.max(settings.rmem[2], RMEM_MAX);
  return Math.min(Math.max(Math.floor(Math.log2(most)) - 15, 0), MAX_WINDOW_SCALE);
}

export function initialReceiveWindow(c: TcpConnection, mss: number): void {
  c.rcvWnd = initialWindow(c.receiveBufferBytes, mss);
  c.rcvSsthresh = c.rcvWnd;
  c.rcvWscale = c.settings.windowScaling ? windowScaleFor(c.settings) : 0;
  c.windowClamp = 65535 << c.rcvWscale;
}

/** Once established: keeps a segment in reserve and starts measuring the reader (tcp_init_buffer_space). */
export function initBufferSpace(c: TcpConnection): void {
  const most = fullSpace(c);
  const mss = c.advertisedMss;
  if (c.windowClamp >= most) c.windowClamp = most;
  if (c.windowClamp > 2 * mss && c.windowClamp + mss > most) c.windowClamp = Math.max(2 * mss, most - mss);
  c.rcvSsthresh = Math.min(c.rcvSsthresh, c.windowClamp);
  c.spaceStartNs = c.environment.nowNs();
  c.spaceSeq = c.copiedSeq;
  c.spaceBytes = Math.min(c.rcvSsthresh, c.rcvWnd, c.settings.initialCwnd * mss);
}

/** What is left of the window last advertised. */
export function receiveWindow(c: TcpConnection): number {
  const window = (c.rcvWup + c.rcvWnd - c.rcvNxt) | 0;
  return window < 0 ? 0 : window;
}

/** The window the buffer allows now (__tcp_select_window): zero rather than silly (RFC 9293 section 3.8.6.2.2). */
export function selectableWindow(c: TcpConnection): number {
  const allowed = fullSpace(c);
  const full = Math.min(c.windowClamp, allowed);
  const mss = Math.min(c.rcvMss, full);
  let free = freeSpace(c);
  if (free < full >> 1) {
    c.quickAcks = 0;
    free &= -(1 << c.rcvWscale);
    if (free < allowed >> 4 || free < mss) return 0;
  }
  free = Math.min(free, c.rcvSsthresh);
  if (c.rcvWscale > 0) return alignUp(free, c.rcvWscale);
  const window = c.rcvWnd;
  if (window <= free - mss || window > free) return free - (free % mss);
  if (mss === full && free > window + (full >> 1)) return free;
  return window;
}

/** The window field for the next segment; the right edge never moves back (RFC 9293 section 3.8.6). */
export function selectWindow(c: TcpConnection): number {
  const current = receiveWindow(c);
  let window = c.miniSocket || c.state === TcpState.TIME_WAIT ? current : selectableWindow(c);
  if (window < current) window = alignUp(current, c.rcvWscale);
  c.rcvWnd = window;
  c.rcvWup = c.rcvNxt;
  if (c.rcvWscale === 0) window = Math.min(window, 65535);
  return Math.min(window >> c.rcvWscale, 65535);
}

function alignUp(window: number, scale: number): number {
  const unit = 1 << scale;
  return (window + unit - 1) & -unit;
}

/** What a segment costs the kernel: full ones come out of GSO in one piece, others keep head and page apart. */
export function segmentMemory(c: TcpConnection, length: number): number {
  return length >= c.rcvMss && length > 1024 ? FULL_SEGMENT_MEMORY : SMALL_SEGMENT_MEMORY + length;
}

/** Lets the window follow well-filled segments (tcp_grow_window). */
export function growWindow(c: TcpConnection, length: number): void {
  const room = Math.min(c.windowClamp, freeSpace(c)) - c.rcvSsthresh;
  if (room <= 0) return;
  const memory = segmentMemory(c, length);
  let increase =
    windowOfMemory(memory) <= length ? 2 * c.advertisedMss : growthForOverhead(c, memory, length);
  if (increase === 0) return;
  increase = Math.max(increase, 2 * length);
  c.rcvSsthresh += Math.min(room, increase);
  c.quickAcks |= 1;
}

function growthForOverhead(c: TcpConnection, memory: number, length: number): number {
  let cost = windowOfMemory(memory) >> 1;
  let window = windowOfMemory(c.settings.rmem[2]) >> 1;
  while (c.rcvSsthresh <= window) {
    if (cost <= length) return 2 * c.rcvMss;
    cost >>= 1;
    window >>= 1;
  }
  return 0;
}

/** The queue outgrew the buffer: enlarge it, or pull the window in (tcp_clamp_window). */
export function clampWindow(c: TcpConnection): void {
  c.quickAcks = 0;
  if (c.receiveBufferBytes < c.settings.rmem[2] && !c.receiveBufferLocked) {
    c.receiveBufferBytes = Math.min(c.receiveMemoryBytes, c.settings.rmem[2]);
  }
  if (c.receiveMemoryBytes > c.receiveBufferBytes) {
    c.rcvSsthresh = Math.min(c.windowClamp, 2 * c.advertisedMss);
  }
}

/** After the owner read: tune the buffer, and tell the peer if the window opened much (tcp_cleanup_rbuf). */
export function afterRead(c: TcpConnection, length: number): void {
  tuneReceiveBuffer(c);
  if (c.state === TcpState.CLOSED || c.state === TcpState.TIME_WAIT) return;
  let now = false;
  if ((c.ackPending & ACK_SCHEDULED) !== 0) {
    const drained = c.readableBytes === 0 && c.outOfOrder.count === 0;
    const pushed = (c.ackPending & ACK_PUSHED2) !== 0 || ((c.ackPending & ACK_PUSHED) !== 0 && !c.pingPong);
    now = (c.rcvNxt - c.rcvWup) >>> 0 > c.rcvMss || (length > 0 && pushed && drained);
  }
  if (!now && !c.finReceived) {
    const current = receiveWindow(c);
    if (2 * current <= c.windowClamp) {
      const possible = selectableWindow(c);
      now = possible > 0 && possible >= 2 * current;
    }
  }
  if (now) sendAck(c);
}

/** Dynamic right-sizing: room for twice what the owner takes in a round trip (tcp_rcv_space_adjust). */
function tuneReceiveBuffer(c: TcpConnection): void {
  const nowNs = c.environment.nowNs();
  if (c.rcvRttUs === 0 || (nowNs - c.spaceStartNs) / 1000 < c.rcvRttUs >> 3) return;
  const copied = (c.copiedSeq - c.spaceSeq) >>> 0;
  if (copied > c.spaceBytes) {
    if (c.settings.moderateReceiveBuffer && !c.receiveBufferLocked) enlargeBuffer(c, copied);
    c.spaceBytes = copied;
  }
  c.spaceSeq = c.copiedSeq;
  c.spaceStartNs = nowNs;
}

function enlargeBuffer(c: TcpConnection, copied: number): void {
  const mss = c.advertisedMss;
  let window = 2 * copied + 16 * mss;
  window += 2 * Math.floor((window * (copied - c.spaceBytes)) / c.spaceBytes);
  let memory = mss + 320 + 576;
  while (windowOfMemory(memory) < mss) memory += 128;
  const buffer = Math.min(Math.floor(window / mss) * memory, c.settings.rmem[2]);
  if (buffer <= c.receiveBufferBytes) return;
  c.receiveBufferBytes = buffer;
  c.windowClamp = windowOfMemory(buffer);
}

/** Feeds the receiver's own estimate of the round trip: with timestamps smoothed, else the least seen. */
export function sampleReceiverRtt(c: TcpConnection, rttUs: number, fromWindow: boolean): void {
  const sample = Math.max(rttUs, 1) * 8;
  if (c.rcvRttUs === 0) c.rcvRttUs = sample;
  else if (fromWindow) c.rcvRttUs = Math.min(c.rcvRttUs, sample);
  else c.rcvRttUs = c.rcvRttUs - (c.rcvRttUs >> 3) + (sample >> 3);
}
