import type { TcpConnection } from './tcp-connection.ts';
import type { TcpEnvironment } from './tcp-environment.ts';
import { retransmitLost } from './tcp-retransmit.ts';
import { enterLossForMtu } from './tcp-recovery.ts';
import { TCP_HEADER_BYTES, TIMESTAMPS_BYTES } from './tcp-header.ts';
import { seqBetween } from './sequence.ts';
import { TcpState } from './tcp-state.ts';
import { LOST } from './transmit-queue.ts';

const IPV4_MAX_PMTU = 65535;
const IPV6_MAX_MSS = 65515;

/** The MSS to announce: what fits the route's MTU without options (ipv4_default_advmss, ip6_default_advmss). */
export function mssToAdvertise(environment: TcpEnvironment): number {
  const headers = environment.ipHeaderBytes + TCP_HEADER_BYTES;
  const mtu = environment.mtuBytes();
  const mss = environment.ipHeaderBytes === 20 ? Math.min(mtu, IPV4_MAX_PMTU) - headers : mtu - headers;
  return Math.min(Math.max(mss, 1), IPV6_MAX_MSS);
}

/** Neither announced nor sent is more than the socket's TCP_MAXSEG, where there is one (tcp_mss_clamp). */
export function clampToUser(userMss: number, mss: number): number {
  return userMss === 0 ? mss : Math.min(userMss, mss);
}

/** The payload a packet of `mtu` bytes carries besides this connection's fixed options (tcp_mtu_to_mss). */
function mtuToMss(c: TcpConnection, mtu: number): number {
  const plain = mtu - c.environment.ipHeaderBytes - TCP_HEADER_BYTES;
  const options = c.headerBytes - TCP_HEADER_BYTES;
  return Math.max(Math.min(plain, c.mssClamp), c.settings.minSndMssBytes) - options;
}

/** Recomputes the MSS for a path MTU (tcp_sync_mss); bound to half the largest window the peer showed. */
export function syncMss(c: TcpConnection, mtu: number): number {
  c.pathMtu = mtu;
  let mss = mtuToMss(c, mtu);
  // A peer with a tiny window must not force the sender into silly segments.
  const cutoff = c.maxWindow > 536 ? c.maxWindow >>> 1 : c.maxWindow;
  if (cutoff > 0 && mss > cutoff) mss = Math.max(cutoff, 68 - (c.headerBytes - TCP_HEADER_BYTES));
  c.mssCache = mss;
  return mss;
}

/** The payload of a full segment sent now: the MSS less the SACK blocks it would carry (tcp_current_mss). */
export function currentMss(c: TcpConnection): number {
  const mtu = c.environment.mtuBytes();
  if (mtu !== c.pathMtu) syncMss(c, mtu);
  const blocks = sackBlocksToSend(c);
  return blocks === 0 ? c.mssCache : c.mssCache - 4 - 8 * blocks;
}

/** How many SACK blocks, D-SACK included, the next segment carries: what 40 bytes of options leave room for. */
export function sackBlocksToSend(c: TcpConnection): number {
  const wanted = c.sackCount + (c.dsackPending ? 1 : 0);
  return Math.min(wanted, c.timestampsOk ? 3 : 4);
}

/** Fixes the header length once the options are known. */
export function setHeaderLength(c: TcpConnection): void {
  c.headerBytes = TCP_HEADER_BYTES + (c.timestampsOk ? TIMESTAMPS_BYTES : 0);
}

/**
 * ICMP said that a packet was too big: shrink the MSS and send what did not fit again (RFC 1191 section 6.5,
 * tcp_v4_mtu_reduced and tcp_simple_retransmit).
 */
export function pathMtuChanged(c: TcpConnection, quotedSequence: number): void {
  if (c.state === TcpState.CLOSED || c.state === TcpState.TIME_WAIT) return;
  if (!seqBetween(quotedSequence, c.sndUna, c.sndNxt)) return;
  const mtu = c.environment.mtuBytes();
  if (mtu >= c.pathMtu) return;
  syncMss(c, mtu);
  simpleRetransmit(c);
}

function simpleRetransmit(c: TcpConnection): void {
  const mss = currentMss(c);
  const q = c.queue;
  let marked = false;
  for (let i = q.first; i < q.last; i++) {
    const slot = i & q.mask;
    if ((q.end[slot]! - q.sequence[slot]!) >>> 0 > mss) marked = enterLossForMtu(c, i) || marked;
  }
  if (!marked) return;
  if (q.length > 0 && (q.marks[q.first & q.mask]! & LOST) !== 0) c.retransmitHint = q.first;
  retransmitLost(c);
}
