import type { CongestionControl, CongestionSender } from './congestion-control.ts';
import { additiveIncrease, slowStart } from './congestion-control.ts';

/** Reno (RFC 5681): half the window after a loss, one segment more in every round trip. */
export class Reno implements CongestionControl {
  readonly name = 'reno';

  ssthresh(sender: CongestionSender): number {
    return Math.max(sender.cwnd >> 1, 2);
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
    additiveIncrease(sender, sender.cwnd, left);
  }

  onAcked(): void {}
  onStateChange(): void {}
  onTransmitStart(): void {}
}
