import { COST_STAGES, type CostMeter } from '../../core/host/cost-meter.ts';
import type { ScenarioCost } from '../cost/scenario-cost.ts';
import type { World } from './world.ts';

/** What summary.json says of the CPUs: the profile's figures, and each machine's time by stage. */
export function cpuSummary(cost: ScenarioCost, world: World): Record<string, unknown> {
  const hosts: Record<string, unknown> = {};
  for (const [name, host] of world.hosts) {
    if (host.cost !== null) hosts[name] = { busyNs: host.cost.busyNs, stages: stagesOf(host.cost) };
  }
  return { profile: cost.name, description: cost.description, figures: cost.profile, hosts };
}

/** The stages that were passed: how often, and for how long in all. */
function stagesOf(meter: CostMeter): Record<string, { count: number; ns: number }> {
  const stages: Record<string, { count: number; ns: number }> = {};
  for (const [index, stage] of COST_STAGES.entries()) {
    const count = meter.stageCount[index]!;
    if (count > 0) stages[stage] = { count, ns: meter.stageNs[index]! };
  }
  return stages;
}
