/** The file of a CPU cost profile. */
import * as z from 'zod';
import { COST_STAGES, type CostStage } from '../../core/host/cost-meter.ts';

/** No stage of a kernel takes longer than this: a figure above it was meant in another unit. */
const MAX_NS = 1e9;

/** One figure, or how sure it is. */
export type Figures = number | { low: number; mid: number; high: number };

/** What one pass through a stage costs, and where the figures come from. */
export interface StageFigures {
  packet_ns?: Figures | undefined;
  byte_ns?: Figures | undefined;
  source: string;
}

/** Stages that are not named cost nothing. */
export interface CostProfileFile {
  /** Shown in results. */
  name: string;
  description?: string | undefined;
  stages: { [stage in CostStage]?: StageFigures | undefined };
}

/** The form of the file; made when one is read, as most runs read none. */
export function profileSchema(): z.ZodType<CostProfileFile> {
  const figure = z.number().min(0).max(MAX_NS);
  const figures = z.union([figure, z.strictObject({ low: figure, mid: figure, high: figure })]);
  const stage = z
    .strictObject({ packet_ns: figures.optional(), byte_ns: figures.optional(), source: z.string() })
    .refine(({ packet_ns, byte_ns }) => packet_ns !== undefined || byte_ns !== undefined, {
      error: 'neither packet_ns nor byte_ns: what does it cost?',
    })
    .optional();
  const stages = Object.fromEntries(COST_STAGES.map((name) => [name, stage])) as Record<
    CostStage,
    typeof stage
  >;
  return z.strictObject({
    name: z.string().min(1).max(63),
    description: z.string().optional(),
    stages: z.strictObject(stages).refine((all) => all.netfilterRule?.byte_ns === undefined, {
      error: 'netfilterRule has no cost a byte',
    }),
  });
}
