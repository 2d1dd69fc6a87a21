/** Limits of an association or policy (struct xfrm_lifetime_cfg); Infinity for no limit, 0 for no time limit. */
export interface XfrmLimits {
  softBytes: number;
  hardBytes: number;
  softPackets: number;
  hardPackets: number;
  /** Seconds since it was added. */
  softAddSeconds: number;
  hardAddSeconds: number;
  /** Seconds since it was first used. */
  softUseSeconds: number;
  hardUseSeconds: number;
}

export function noLimits(): XfrmLimits {
  return {
    softBytes: Infinity,
    hardBytes: Infinity,
    softPackets: Infinity,
    hardPackets: Infinity,
    softAddSeconds: 0,
    hardAddSeconds: 0,
    softUseSeconds: 0,
    hardUseSeconds: 0,
  };
}

/** What has passed (struct xfrm_lifetime_cur). */
export class XfrmUsage {
  bytes = 0;
  packets = 0;
  readonly addedNs: number;
  /** When it was first used; −1 while it was not. */
  usedNs = -1;

  constructor(addedNs: number) {
    this.addedNs = addedNs;
  }
}

/** When a limit of so many seconds comes, given those that count from the first use; Infinity for never. */
export function deadlineNs(usage: XfrmUsage, addSeconds: number, useSeconds: number): number {
  let deadline = Infinity;
  if (addSeconds > 0) deadline = usage.addedNs + addSeconds * 1e9;
  if (useSeconds > 0 && usage.usedNs >= 0) deadline = Math.min(deadline, usage.usedNs + useSeconds * 1e9);
  return deadline;
}
