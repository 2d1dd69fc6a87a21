/** The states of the sender's reaction to loss (enum tcp_ca_state); the order matters. */
export const CaState = {
  OPEN: 0,
  /** SACKs or duplicate ACKs were seen, nothing is proven lost. */
  DISORDER: 1,
  /** The window is being reduced for another reason than loss (ECN). */
  CWR: 2,
  /** Fast recovery. */
  RECOVERY: 3,
  /** A timeout. */
  LOSS: 4,
} as const;

export type CaState = (typeof CaState)[keyof typeof CaState];

/** "No threshold yet". */
export const INFINITE_SSTHRESH = 0x7fffffff;

/** What a congestion control may see and change of its connection. Windows are counted in segments. */
export interface CongestionSender {
  cwnd: number;
  /** Segments acknowledged since cwnd last grew by one. */
  cwndCount: number;
  readonly cwndClamp: number;
  ssthresh: number;
  readonly priorCwnd: number;
  readonly sndUna: number;
  readonly sndNxt: number;
  readonly caState: CaState;
  /** Bytes per second the pacing formula allows; 0 when unknown. */
  readonly pacingRateBytes: number;
  nowUs(): number;
  /** Whether the last window was used up, so that raising it makes sense. */
  isCwndLimited(): boolean;
  /** The flow hit HyStart's train (true) or delay (false) condition. */
  countHystart(train: boolean): void;
}

/** A congestion control: one object per connection (struct tcp_congestion_ops). */
export interface CongestionControl {
  readonly name: string;
  /** The slow start threshold after a loss. */
  ssthresh(sender: CongestionSender): number;
  /** The window to return to when a reduction proves to have been needless. */
  undoCwnd(sender: CongestionSender): number;
  /** `acked` segments were newly delivered by an ACK of `ack`. */
  congestionAvoidance(sender: CongestionSender, ack: number, acked: number): void;
  /** A round trip was sampled; `rttUs` is −1 when there is no sample. */
  onAcked(sender: CongestionSender, rttUs: number): void;
  onStateChange(sender: CongestionSender, state: CaState): void;
  /** Sending starts again after nothing was in flight. */
  onTransmitStart(sender: CongestionSender, idleUs: number): void;
}

/** Slow start (RFC 5681 section 3.1): returns the segments left over once the threshold is reached. */
export function slowStart(sender: CongestionSender, acked: number): number {
  const cwnd = Math.min(sender.cwnd + acked, sender.ssthresh);
  const left = acked - (cwnd - sender.cwnd);
  sender.cwnd = Math.min(cwnd, sender.cwndClamp);
  return left;
}

/** Raises the window by one segment for every `per` segments acknowledged. */
export function additiveIncrease(sender: CongestionSender, per: number, acked: number): void {
  if (sender.cwndCount >= per) {
    sender.cwndCount = 0;
    sender.cwnd += 1;
  }
  sender.cwndCount += acked;
  if (sender.cwndCount >= per) {
    const delta = Math.floor(sender.cwndCount / per);
    sender.cwndCount -= delta * per;
    sender.cwnd += delta;
  }
  sender.cwnd = Math.min(sender.cwnd, sender.cwndClamp);
}
