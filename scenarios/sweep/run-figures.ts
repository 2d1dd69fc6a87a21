/**
 * What measures are read from: summary.json of a run, with drops, interfaces and captures by name and with the steps in the
 * order of the file, output included.
 */
import type { NetDevice } from '../../core/device/net-device.ts';
import { parseCapturePoint } from '../schema/capture.ts';
import { findDevice } from '../run/nodes.ts';
import type { RunResult, StepOutput } from '../run/run-options.ts';
import { UnknownNodeError } from '../run/unknown-node-error.ts';
import type { World } from '../run/world.ts';
import { numberIn, type Measure } from './measure.ts';

/** Counters of an interface, named as the columns of metrics.csv. */
export const INTERFACE_COUNTERS = {
  rx_packets: 'rxPackets',
  rx_bytes: 'rxBytes',
  rx_dropped: 'rxDropped',
  tx_packets: 'txPackets',
  tx_bytes: 'txBytes',
  tx_dropped: 'txDropped',
} as const satisfies Record<string, keyof NetDevice['stats']>;

export type Figures = Readonly<Record<string, unknown>>;

/** Collects the figures of one run; its methods are what runScenario calls. */
export class FigureCollector {
  private readonly taps: readonly string[];
  private readonly steps: Record<number, Figures> = {};
  private readonly interfaces: Record<string, Figures> = {};

  constructor(measures: readonly Measure[]) {
    this.taps = measures.filter(({ path }) => path[0] === 'interfaces').map(({ path }) => path[1]!);
  }

  readonly onStepEnd = ({ index, exitCode, startedNs, tookNs, stdout, stderr }: StepOutput): void => {
    this.steps[index] = {
      ...(exitCode === null ? {} : { exitCode, tookNs }),
      startedNs,
      stdout,
      stderr,
      get json() {
        return parseJson(stdout);
      },
    };
  };

  readonly atEnd = (world: World): void => {
    for (const tap of this.taps) {
      const dev = deviceOrNone(world, tap);
      if (dev === null) continue;
      const counters = Object.entries(INTERFACE_COUNTERS);
      this.interfaces[tap] = Object.fromEntries(counters.map(([name, key]) => [name, dev.stats[key]]));
    }
  };

  figures({ summary, exitCode }: RunResult): Figures {
    const captures = summary.captures as readonly { file: string; packets: number }[];
    return {
      ...summary,
      exitCode,
      steps: this.steps,
      interfaces: this.interfaces,
      captures: Object.fromEntries(captures.map(({ file, packets }) => [file, { packets }])),
    };
  }
}

/** The number a measure finds; null when there is none. What did not occur is 0. */
export function readMeasure({ path, pattern }: Measure, figures: Figures): number | null {
  if (path[0] === 'drops') return countDrops(path.slice(1), figures.drops as DropCounts);
  const found = valueAt(figures, path) ?? stageNotPassed(figures, path);
  if (pattern !== null) return typeof found === 'string' ? numberIn(found, pattern) : null;
  return typeof found === 'number' && Number.isFinite(found) ? found : null;
}

type DropCounts = Readonly<Record<string, Readonly<Record<string, number>>>>;

function countDrops([host, reason]: readonly string[], drops: DropCounts): number {
  const hosts = host === undefined ? Object.values(drops) : [drops[host] ?? {}];
  if (reason !== undefined) return hosts[0]![reason] ?? 0;
  return hosts.flatMap((reasons) => Object.values(reasons)).reduce((sum, count) => sum + count, 0);
}

/** The summary lists the stages of a processor's work that were passed; the others took nothing. */
function stageNotPassed(figures: Figures, path: readonly string[]): 0 | undefined {
  return path[3] === 'stages' && valueAt(figures, path.slice(0, 4)) !== undefined ? 0 : undefined;
}

function valueAt(data: unknown, path: readonly string[]): unknown {
  let value = data;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The interface may be gone by the end, with its container. */
function deviceOrNone(world: World, tap: string): NetDevice | null {
  try {
    return findDevice(world, parseCapturePoint(tap));
  } catch (error) {
    if (!(error instanceof UnknownNodeError)) throw error;
    return null;
  }
}
