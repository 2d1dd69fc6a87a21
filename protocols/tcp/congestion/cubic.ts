import { seqAfter } from '../sequence.ts';
import type { CongestionControl, CongestionSender } from './congestion-control.ts';
import { additiveIncrease, CaState, slowStart } from './congestion-control.ts';

const BETA = 717 / 1024;
/** C = 0.4 in units of segments and seconds (RFC 9438 section 4.6), as the kernel rounds it. */
const CUBE_FACTOR = 410 / 1024;
const LOW_WINDOW = 16;
const MIN_SAMPLES = 8;
const ACK_DELTA_US = 2000;
const DELAY_MIN_US = 4000;
const DELAY_MAX_US = 16000;
const MAX_GSO_BYTES = 65536;
const MAX_PER_ACK = 1e6;

/**
 * CUBIC (RFC 9438) with HyStart as in net/ipv4/tcp_cubic.c: the window is a cubic function of the time since
 * the last loss, never slower than Reno would be; slow start ends early when ACK trains last half a minimal
 * round trip, or the delay rises.
 */
export class Cubic implements CongestionControl {
  readonly name = 'cubic';
  private lastMaxCwnd = 0;
  private lastCwnd = 0;
  private lastUpdateUs = 0;
  /** Start of the current growth epoch; −1 before its first ACK. */
  private epochStartUs = -1;
  private originCwnd = 0;
  /** K: seconds from the epoch's start to the plateau. */
  private plateauSeconds = 0;
  private minDelayUs = 0;
  private ackCount = 0;
  private renoCwnd = 0;
  private segmentsPerIncrease = 0;
  private slowStartEnded = false;
  private sampleCount = 0;
  private roundStartUs = 0;
  private lastAckUs = 0;
  private roundEnd = 0;
  private roundMinRttUs = Infinity;
  private roundBegun = false;

  ssthresh(sender: CongestionSender): number {
    this.epochStartUs = -1;
    // Fast convergence: a flow that loses below its last peak leaves room for others.
    const converging = sender.cwnd < this.lastMaxCwnd;
    this.lastMaxCwnd = converging ? Math.floor((sender.cwnd * (1 + BETA)) / 2) : sender.cwnd;
    return Math.max(Math.floor(sender.cwnd * BETA), 2);
  }

  undoCwnd(sender: CongestionSender): number {
    return Math.max(sender.cwnd, sender.priorCwnd);
  }

  congestionAvoidance(sender: CongestionSender, _ack: number, acked: number): void {
    if (!sender.isCwndLimited()) return;
    let left = acked;
    if (sender.cwnd < sender.ssthresh) {
      left = slowStart(sender, acked);
      if (left === 0) return;
    }
    this.update(sender, left);
    additiveIncrease(sender, this.segmentsPerIncrease, left);
  }

  onAcked(sender: CongestionSender, rttUs: number): void {
    if (rttUs < 0) return;
    const nowUs = sender.nowUs();
    // Samples right after a recovery still show its queue.
    if (this.epochStartUs >= 0 && nowUs - this.epochStartUs < 1e6) return;
    const delayUs = Math.max(rttUs, 1);
    if (this.minDelayUs === 0 || delayUs < this.minDelayUs) this.minDelayUs = delayUs;
    const inSlowStart = sender.cwnd < sender.ssthresh;
    if (!this.slowStartEnded && inSlowStart && sender.cwnd >= LOW_WINDOW)
      this.hystart(sender, delayUs, nowUs);
  }

  onStateChange(sender: CongestionSender, state: CaState): void {
    if (state !== CaState.LOSS) return;
    this.lastMaxCwnd = 0;
    this.lastCwnd = 0;
    this.lastUpdateUs = 0;
    this.epochStartUs = -1;
    this.minDelayUs = 0;
    this.renoCwnd = 0;
    this.ackCount = 0;
    this.slowStartEnded = false;
    this.beginRound(sender, sender.nowUs());
  }

  /** Time without data does not count towards the cubic curve. */
  onTransmitStart(sender: CongestionSender, idleUs: number): void {
    if (this.epochStartUs < 0 || idleUs <= 0) return;
    this.epochStartUs = Math.min(this.epochStartUs + idleUs, sender.nowUs());
  }

  /** Finds how many ACKed segments the next increase takes (bictcp_update). */
  private update(sender: CongestionSender, acked: number): void {
    const cwnd = sender.cwnd;
    const nowUs = sender.nowUs();
    this.ackCount += acked;
    const unchanged = this.lastCwnd === cwnd && nowUs - this.lastUpdateUs <= 1e6 / 32;
    if (unchanged && this.epochStartUs >= 0 && this.lastUpdateUs > 0) return;
    if (!(this.epochStartUs >= 0 && nowUs === this.lastUpdateUs)) this.followCurve(cwnd, nowUs, acked);
    this.followReno(cwnd);
    this.segmentsPerIncrease = Math.max(this.segmentsPerIncrease, 2);
  }

  private followCurve(cwnd: number, nowUs: number, acked: number): void {
    this.lastCwnd = cwnd;
    this.lastUpdateUs = nowUs;
    if (this.epochStartUs < 0) this.beginEpoch(cwnd, nowUs, acked);
    // The curve is read one minimal round trip ahead: that is when the window takes effect.
    const seconds = (nowUs - this.epochStartUs + this.minDelayUs) / 1e6;
    const distance = seconds - this.plateauSeconds;
    const target = this.originCwnd + Math.trunc(CUBE_FACTOR * distance * distance * distance);
    this.segmentsPerIncrease = target > cwnd ? Math.floor(cwnd / (target - cwnd)) : 100 * cwnd;
    // Before the first loss the plateau is unknown: grow by at least 5 % a round trip.
    if (this.lastMaxCwnd === 0 && this.segmentsPerIncrease > 20) this.segmentsPerIncrease = 20;
  }

  private beginEpoch(cwnd: number, nowUs: number, acked: number): void {
    this.epochStartUs = nowUs;
    this.ackCount = acked;
    this.renoCwnd = cwnd;
    if (this.lastMaxCwnd <= cwnd) {
      this.plateauSeconds = 0;
      this.originCwnd = cwnd;
      return;
    }
    this.plateauSeconds = Math.cbrt((this.lastMaxCwnd - cwnd) / CUBE_FACTOR);
    this.originCwnd = this.lastMaxCwnd;
  }

  /** The Reno-friendly region: never slower than a Reno flow with the same average (RFC 9438 section 4.3). */
  private followReno(cwnd: number): void {
    const perSegment = Math.floor((cwnd * (1 + BETA)) / (1 - BETA) / 3);
    if (perSegment > 0 && this.ackCount > perSegment) {
      const gained = Math.min(Math.ceil(this.ackCount / perSegment) - 1, MAX_PER_ACK);
      this.ackCount -= gained * perSegment;
      this.renoCwnd += gained;
    }
    if (this.renoCwnd <= cwnd) return;
    const most = Math.floor(cwnd / (this.renoCwnd - cwnd));
    if (this.segmentsPerIncrease > most) this.segmentsPerIncrease = most;
  }

  private hystart(sender: CongestionSender, delayUs: number, nowUs: number): void {
    if (!this.roundBegun || seqAfter(sender.sndUna, this.roundEnd)) this.beginRound(sender, nowUs);
    if (nowUs - this.lastAckUs <= ACK_DELTA_US) {
      this.lastAckUs = nowUs;
      const thresholdUs = (this.minDelayUs + ackDelayUs(sender)) / 2;
      if (nowUs - this.roundStartUs > thresholdUs) this.endSlowStart(sender, true);
    }
    if (delayUs < this.roundMinRttUs) this.roundMinRttUs = delayUs;
    if (this.sampleCount < MIN_SAMPLES) {
      this.sampleCount += 1;
      return;
    }
    const marginUs = Math.min(Math.max(this.minDelayUs / 8, DELAY_MIN_US), DELAY_MAX_US);
    if (!this.slowStartEnded && this.roundMinRttUs > this.minDelayUs + marginUs)
      this.endSlowStart(sender, false);
  }

  private endSlowStart(sender: CongestionSender, train: boolean): void {
    this.slowStartEnded = true;
    sender.ssthresh = sender.cwnd;
    sender.countHystart(train);
  }

  private beginRound(sender: CongestionSender, nowUs: number): void {
    this.roundBegun = true;
    this.roundStartUs = nowUs;
    this.lastAckUs = nowUs;
    this.roundEnd = sender.sndNxt;
    this.roundMinRttUs = Infinity;
    this.sampleCount = 0;
  }
}

/** ACKs may be this late because senders send and receivers merge whole bursts. */
function ackDelayUs(sender: CongestionSender): number {
  if (sender.pacingRateBytes === 0) return 0;
  return Math.min(1000, (MAX_GSO_BYTES * 4 * 1e6) / sender.pacingRateBytes);
}
