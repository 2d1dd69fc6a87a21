import type { TcpConnection } from './tcp-connection.ts';
import { seqAfter } from './sequence.ts';

const MIN_RTT_WINDOW_NS = 300e9;

/**
 * Feeds one round trip sample to the estimator of RFC 6298 in the kernel's variant: the deviation rises at once,
 * falls once a window, is damped when the round trip shrinks, and is never below the least RTO.
 */
export function sampleRtt(c: TcpConnection, rttUs: number): void {
  const minUs4 = c.settings.rtoMinNs / 1000;
  if (c.srttUs8 === 0) {
    const first = Math.max(rttUs, 1);
    c.srttUs8 = first << 3;
    c.mdevUs4 = first << 1;
    c.rttvarUs4 = Math.max(c.mdevUs4, minUs4);
    c.mdevMaxUs4 = c.rttvarUs4;
    c.rttSeq = c.sndNxt;
  } else {
    smooth(c, rttUs, minUs4);
  }
  setRto(c);
}

function smooth(c: TcpConnection, rttUs: number, minUs4: number): void {
  let error = rttUs - (c.srttUs8 >> 3);
  c.srttUs8 = Math.max(1, c.srttUs8 + error);
  if (error < 0) {
    error = -error - (c.mdevUs4 >> 2);
    if (error > 0) error >>= 3;
  } else {
    error -= c.mdevUs4 >> 2;
  }
  c.mdevUs4 += error;
  if (c.mdevUs4 > c.mdevMaxUs4) {
    c.mdevMaxUs4 = c.mdevUs4;
    if (c.mdevMaxUs4 > c.rttvarUs4) c.rttvarUs4 = c.mdevMaxUs4;
  }
  if (!seqAfter(c.sndUna, c.rttSeq)) return;
  if (c.mdevMaxUs4 < c.rttvarUs4) c.rttvarUs4 -= (c.rttvarUs4 - c.mdevMaxUs4) >> 2;
  c.rttSeq = c.sndNxt;
  c.mdevMaxUs4 = minUs4;
}

/** RTO = SRTT + 4 × RTTVAR (which rttvarUs4 already is), at most two minutes. */
export function setRto(c: TcpConnection): void {
  c.rtoNs = Math.min(((c.srttUs8 >> 3) + c.rttvarUs4) * 1000, c.settings.rtoMaxNs);
}

/** Keeps the least round trip of the last five minutes. */
export function updateMinRtt(c: TcpConnection, rttUs: number): void {
  const nowNs = c.environment.nowNs();
  if (rttUs > c.minRttUs && nowNs - c.minRttStampNs < MIN_RTT_WINDOW_NS) return;
  c.minRttUs = Math.max(rttUs, 1);
  c.minRttStampNs = nowNs;
}
