/** The counters of /proc/net/xfrm_stat, in its order (net/xfrm/xfrm_proc.c, Linux 6.1). */
export const XFRM_COUNTERS = [
  'XfrmInError',
  'XfrmInBufferError',
  'XfrmInHdrError',
  'XfrmInNoStates',
  'XfrmInStateProtoError',
  'XfrmInStateModeError',
  'XfrmInStateSeqError',
  'XfrmInStateExpired',
  'XfrmInStateMismatch',
  'XfrmInStateInvalid',
  'XfrmInTmplMismatch',
  'XfrmInNoPols',
  'XfrmInPolBlock',
  'XfrmInPolError',
  'XfrmOutError',
  'XfrmOutBundleGenError',
  'XfrmOutBundleCheckError',
  'XfrmOutNoStates',
  'XfrmOutStateProtoError',
  'XfrmOutStateModeError',
  'XfrmOutStateSeqError',
  'XfrmOutStateExpired',
  'XfrmOutPolBlock',
  'XfrmOutPolDead',
  'XfrmOutPolError',
  'XfrmFwdHdrError',
  'XfrmOutStateInvalid',
  'XfrmAcquireError',
] as const;

export type XfrmCounter = (typeof XFRM_COUNTERS)[number];

/** What a namespace's IPsec refused, and why. */
export class XfrmStatistics {
  private readonly counts = new Map<XfrmCounter, number>(XFRM_COUNTERS.map((name) => [name, 0]));

  count(name: XfrmCounter): void {
    this.counts.set(name, this.counts.get(name)! + 1);
  }

  of(name: XfrmCounter): number {
    return this.counts.get(name)!;
  }

  /** The text of /proc/net/xfrm_stat. */
  text(): string {
    return XFRM_COUNTERS.map((name) => `${name.padEnd(24)}\t${this.of(name)}\n`).join('');
  }
}
