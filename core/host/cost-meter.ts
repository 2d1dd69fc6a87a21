import type { Simulator } from '../sim/simulator.ts';

/** The stages that a CPU cost profile prices (docs/reference/cost-profiles.md). */
export const COST_STAGES = [
  'syscall',
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

/** Stage.veth and so on: the number of each stage. */
export const Stage: StageTable = Object.fromEntries(
  COST_STAGES.map((name, index) => [name, index]),
) as StageTable;

/** What one pass of a packet through a stage costs: nanoseconds a packet and nanoseconds a byte. */
export interface StageCost {
  readonly packetNs: number;
  readonly byteNs: number;
}

/** What work costs on one core. A stage that is not named costs nothing. */
export type CostProfile = { readonly [stage in CostStage]?: StageCost };

/**
 * The CPU of a machine under a cost profile: one core, which does one thing after the other. Softirqs and programs
 * share it, in the order they come.
 *
 * Work is done in jobs (Host.runJob). `elapsedNs` is what the job in progress has cost so far, with what it had to
 * wait for the core before; the core is busy until `busyUntilNs`.
 * Not modelled: several cores, preemption, caches, interrupts that are put off (coalescing), what cutting and merging
 * super-packets costs.
 */
export class CostMeter {
  elapsedNs = 0;
  inJob = false;
  /** Work done since the start, in nanoseconds. */
  busyNs = 0;
  /** When the core is free again, in simulated nanoseconds. */
  busyUntilNs = 0;
  readonly stageNs = new Float64Array(COST_STAGES.length);
  readonly stageCount = new Float64Array(COST_STAGES.length);
  private waitedNs = 0;
  private readonly sim: Simulator;
  private readonly packetNs = new Float64Array(COST_STAGES.length);
  private readonly byteNs = new Float64Array(COST_STAGES.length);

  constructor(sim: Simulator, profile: CostProfile) {
    this.sim = sim;
    for (const [index, stage] of COST_STAGES.entries()) {
      this.packetNs[index] = profile[stage]?.packetNs ?? 0;
      this.byteNs[index] = profile[stage]?.byteNs ?? 0;
    }
  }

  /** A job starts: when the core is still busy, after what it is busy with. */
  begin(): void {
    this.inJob = true;
    this.waitedNs = Math.max(0, this.busyUntilNs - this.sim.nowNs);
    this.elapsedNs = this.waitedNs;
  }

  /** The job is over; the core is free again at `busyUntilNs`. */
  end(): void {
    this.busyNs += this.elapsedNs - this.waitedNs;
    this.busyUntilNs = this.sim.nowNs + this.elapsedNs;
    this.elapsedNs = 0;
    this.inJob = false;
  }

  /** Charges one pass of a packet of `bytes` through a stage. */
  charge(stage: number, bytes: number): void {
    const ns = Math.round(this.packetNs[stage]! + this.byteNs[stage]! * bytes);
    this.stageCount[stage]!++;
    this.spend(stage, ns);
  }

  /** Charges `times` passes through a stage that has no cost a byte. */
  chargeTimes(stage: number, times: number): void {
    const ns = Math.round(this.packetNs[stage]! * times);
    this.stageCount[stage]! += times;
    this.spend(stage, ns);
  }

  /** Charges a system call that moves `bytes` between program and kernel. */
  chargeSystemCall(bytes: number): void {
    this.charge(Stage.syscall, bytes);
    this.charge(Stage.copy, bytes);
  }

  private spend(stage: number, ns: number): void {
    this.stageNs[stage]! += ns;
    if (this.inJob) {
      this.elapsedNs += ns;
      return;
    }
    // Work that no job stands for (a device is set up from outside) is done when the core is free.
    this.busyNs += ns;
    this.busyUntilNs = Math.max(this.busyUntilNs, this.sim.nowNs) + ns;
  }
}
