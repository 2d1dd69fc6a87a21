/** The stages a CPU cost profile prices (docs/reference/cost-profiles.md). */
export const COST_STAGES = [
  'socketSend',
  'socketReceive',
  'veth',
  'bridge',
  'bridgeNetfilter',
  'netfilterHook',
  'netfilterRule',
  'conntrackLookup',
  'conntrackInsert',
  'nat',
  'route',
  'forward',
  'vxlanEncap',
  'vxlanDecap',
  'espEncrypt',
  'espDecrypt',
  'ipvs',
  'nicTransmit',
  'nicReceive',
  'copy',
] as const;

export type CostStage = (typeof COST_STAGES)[number];

type StageTable = { readonly [stage in CostStage]: number };

export const Stage: StageTable = Object.fromEntries(
  COST_STAGES.map((name, index) => [name, index]),
) as StageTable;

/** What a stage costs: nanoseconds a packet and nanoseconds a byte. */
export interface StageCost {
  packetNs: number;
  byteNs: number;
}

/**
 * Adds up what the job in progress has cost on one core. `elapsedNs` is the current job's; `busyNs` and the
 * per-stage totals are the host's since the start.
 */
export class CostMeter {
  elapsedNs = 0;
  busyNs = 0;
  /** When the core is free again, in simulated nanoseconds. */
  busyUntilNs = 0;
  readonly stageNs = new Float64Array(COST_STAGES.length);
  readonly stageCount = new Float64Array(COST_STAGES.length);
  private readonly packetNs = new Float64Array(COST_STAGES.length);
  private readonly byteNs = new Float64Array(COST_STAGES.length);

  constructor(profile: Partial<Record<CostStage, StageCost>>) {
    for (const [index, stage] of COST_STAGES.entries()) {
      this.packetNs[index] = profile[stage]?.packetNs ?? 0;
      this.byteNs[index] = profile[stage]?.byteNs ?? 0;
    }
  }

  inJob = false;

  /** A job starts: when the core is still busy, after what it is busy with. */
  begin(nowNs: number): void {
    this.inJob = true;
    this.elapsedNs = Math.max(0, this.busyUntilNs - nowNs);
    this.waitedNs = this.elapsedNs;
  }

  /** The job is over; the core is free again at `busyUntilNs`. */
  end(nowNs: number): void {
    this.busyNs += this.elapsedNs - this.waitedNs;
    this.busyUntilNs = nowNs + this.elapsedNs;
    this.elapsedNs = 0;
    this.inJob = false;
  }

  private waitedNs = 0;

  /** Charges one pass of a packet of `bytes` through a stage. */
  charge(stage: number, bytes: number): void {
    const ns = Math.round(this.packetNs[stage]! + this.byteNs[stage]! * bytes);
    this.stageNs[stage]! += ns;
    this.stageCount[stage]!++;
    this.elapsedNs += ns;
  }

  /** Charges `times` passes through a stage that has no cost a byte. */
  chargeTimes(stage: number, times: number): void {
    const ns = Math.round(this.packetNs[stage]! * times);
    this.stageNs[stage]! += ns;
    this.stageCount[stage]! += times;
    this.elapsedNs += ns;
  }
}
