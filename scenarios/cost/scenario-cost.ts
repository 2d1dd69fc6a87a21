import { COST_STAGES, type CostProfile, type CostStage, type StageCost } from '../../core/host/cost-meter.ts';
import type { CostProfileFile, Figures } from './profile-schema.ts';

/** Which of a profile's figures count. */
export const COST_LEVELS = ['low', 'mid', 'high'] as const;
export type CostLevel = (typeof COST_LEVELS)[number];

/** The CPU cost profile of a run: the figures of one level, and what results call it. */
export interface ScenarioCost {
  /** `linux:mid`. */
  readonly name: string;
  readonly description: string;
  readonly profile: CostProfile;
}

/** The figures of one level of a profile. */
export function costAt(file: CostProfileFile, level: CostLevel): ScenarioCost {
  const profile: { [stage in CostStage]?: StageCost } = {};
  for (const stage of COST_STAGES) {
    const figures = file.stages[stage];
    if (figures === undefined) continue;
    profile[stage] = { packetNs: at(figures.packet_ns, level), byteNs: at(figures.byte_ns, level) };
  }
  return { name: `${file.name}:${level}`, description: file.description ?? '', profile };
}

function at(figures: Figures | undefined, level: CostLevel): number {
  if (figures === undefined) return 0;
  return typeof figures === 'number' ? figures : figures[level];
}
