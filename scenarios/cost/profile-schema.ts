/** The file of a CPU cost profile. */
import * as v from 'valibot';
import { map } from '../../programs/compose-file/schema/map.ts';
import { oneOf } from '../../programs/compose-file/schema/one-of.ts';
import { text } from '../../programs/compose-file/schema/values.ts';
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
export function profileSchema(): v.GenericSchema<unknown, CostProfileFile> {
  const figure = v.pipe(v.number(), v.minValue(0), v.maxValue(MAX_NS));
  const figures = v.optional(oneOf([figure, map({ low: figure, mid: figure, high: figure })]));
  const stage = v.optional(
    v.pipe(
      map({ packet_ns: figures, byte_ns: figures, source: text }),
      v.check(
        ({ packet_ns, byte_ns }) => packet_ns !== undefined || byte_ns !== undefined,
        'neither packet_ns nor byte_ns: what does it cost?',
      ),
    ),
  );
  const stages = Object.fromEntries(COST_STAGES.map((name) => [name, stage])) as Record<
    CostStage,
    typeof stage
  >;
  return map({
    name: v.pipe(text, v.minLength(1), v.maxLength(63)),
    description: v.optional(text),
    stages: v.pipe(
      map(stages),
      v.check((all) => all.netfilterRule?.byte_ns === undefined, 'netfilterRule has no cost a byte'),
    ),
  });
}
