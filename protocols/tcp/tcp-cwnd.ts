import type { TcpConnection } from './tcp-connection.ts';
import { seqBefore } from './sequence.ts';

const GSO_MAX_BYTES = 65536;
const PACING_SHIFT = 10;
const MIN_TSO_SEGMENTS = 2;

/**
 * How many segments leave in one burst: about a millisecond's worth at the pacing rate, at least two, more when
 * the path is short (tcp_tso_autosize).
 */
export function segmentsPerBurst(c: TcpConnection, mss: number): number {
  let bytes = c.pacingRateBytes === 0 ? GSO_MAX_BYTES : c.pacingRateBytes / (1 << PACING_SHIFT);
  if (c.minRttUs !== Infinity) {
    const shift = c.minRttUs >>> 9;
    if (shift < 32) bytes += GSO_MAX_BYTES >> shift;
  }
  const window = c.maxWindow > 536 ? c.maxWindow >>> 1 : Infinity;
  const most = Math.max(Math.min(GSO_MAX_BYTES - 321, Math.max(window, 68)), mss);
  const segments = Math.max(Math.floor(Math.min(bytes, GSO_MAX_BYTES) / mss), MIN_TSO_SEGMENTS);
  return Math.min(segments, Math.max(Math.floor(most / mss), 1));
}

/** What pacing would allow: twice the rate of the window in slow start, 1.2 times later. */
export function updatePacingRate(c: TcpConnection): void {
  if (c.srttUs8 === 0) return;
  const ratio = c.cwnd < c.ssthresh / 2 ? 2 : 1.2;
  c.pacingRateBytes = (c.mssCache * Math.max(c.cwnd, c.packetsOut) * ratio * 8e6) / c.srttUs8;
}

/** Notes whether the window was really used (RFC 7661 in spirit; tcp_cwnd_validate). */
export function cwndValidate(c: TcpConnection, limited: boolean): void {
  const nowNs = c.environment.nowNs();
  const moreOut = !c.cwndLimited && c.packetsOut > c.maxPacketsOut;
  if (!seqBefore(c.sndUna, c.cwndUsageSeq) || limited || moreOut) {
    c.cwndLimited = limited;
    c.maxPacketsOut = c.packetsOut;
    c.cwndUsageSeq = c.sndNxt;
  }
  if (c.isCwndLimited()) {
    c.cwndUsed = 0;
    c.cwndStampNs = nowNs;
    return;
  }
  if (c.packetsOut > c.cwndUsed) c.cwndUsed = c.packetsOut;
  if (c.settings.slowStartAfterIdle && nowNs - c.cwndStampNs >= c.rtoNs) applicationLimited(c);
}

/** The application did not use the window for an RTO: let it decay to what was used (RFC 2861). */
function applicationLimited(c: TcpConnection): void {
  if (c.caState === 0) {
    const initial = initialCwnd(c);
    const used = Math.max(c.cwndUsed, initial);
    if (used < c.cwnd) {
      c.ssthresh = currentSsthresh(c);
      c.cwnd = (c.cwnd + used) >> 1;
    }
    c.cwndUsed = 0;
  }
  c.cwndStampNs = c.environment.nowNs();
}

export function cwndRestartAfterIdle(c: TcpConnection, idleNs: number): void {
  const restart = Math.min(initialCwnd(c), c.cwnd);
  let cwnd = c.cwnd;
  c.ssthresh = currentSsthresh(c);
  for (let left = idleNs - c.rtoNs; left > 0 && cwnd > restart; left -= c.rtoNs) cwnd >>= 1;
  c.cwnd = Math.max(cwnd, restart);
  c.cwndStampNs = c.environment.nowNs();
  c.cwndUsed = 0;
}

/** The threshold to keep: three quarters of the window when not already reducing (tcp_current_ssthresh). */
export function currentSsthresh(c: TcpConnection): number {
  if (c.caState === 2 || c.caState === 3) return c.ssthresh;
  return Math.max(c.ssthresh, (c.cwnd >> 1) + (c.cwnd >> 2));
}

function initialCwnd(c: TcpConnection): number {
  return Math.min(c.settings.initialCwnd, c.cwndClamp);
}
