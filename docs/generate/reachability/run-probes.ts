import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { loadScenario, runScenario } from '../../../scenarios/index.ts';
import { DropLog } from './drop-log.ts';
import { MemoryFolder } from './memory-folder.ts';
import { outcomeOf, type Outcome } from './outcome.ts';
import { arrivalsOf, type Arrival } from './packet-log.ts';
import { probeKey, probeStep, type Probe } from './probe.ts';

export interface ProbeRun {
  /** The file under test/reachability/. */
  readonly file: string;
  /** The Docker release, in place of the file's: also one that scenario files may not name yet. */
  readonly release?: string;
  /** Assignments `path=value`, as --set takes them. */
  readonly set?: readonly string[];
  /** What ${NAME} stands for in the file. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Steps after those of the file. */
  readonly steps?: readonly string[];
  readonly probes: readonly Probe[];
}

export interface ProbeResults {
  /** By probeKey. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** What the steps before the first probe printed. */
  readonly preparation: string;
}

/** What summary.json says of a step. */
interface StepSummary {
  readonly startedNs: number;
  readonly tookNs: number;
}

/** Runs the scenario with one step more for each probe, and tells what came of each. */
export async function runProbes(run: ProbeRun): Promise<ProbeResults> {
  const { file, set = [], variables = {} } = run;
  const probes = [...new Map(run.probes.map((probe) => [probeKey(probe), probe])).values()];
  const loaded = loadScenario(withProbes(file, run.steps ?? [], probes), { file, set, variables });
  const scenario = { ...loaded, engine: run.release ?? loaded.engine };
  const output = new MemoryFolder();
  const tracer = new DropLog();
  const prompts = new Set(probes.map((probe) => `${probeStep(probe)}\n`));
  /** What was printed before the first probe, then by each. */
  const printed = [''];
  const onTranscript = (text: string): void => {
    if (prompts.has(text)) printed.push('');
    else printed[printed.length - 1] += text;
  };
  const { summary } = await runScenario(scenario, { output, tracer, onTranscript });
  const steps = (summary['steps'] as StepSummary[]).slice(-probes.length);
  const arrivals = arrivalsByPoint(probes, output);
  const outcomes = probes.map((probe, index): [string, Outcome] => {
    const { startedNs, tookNs } = steps[index]!;
    const during = ({ timeNs }: { timeNs: number }) => timeNs >= startedNs && timeNs <= startedNs + tookNs;
    const outcome = outcomeOf(probe, {
      printed: printed[index + 1]!,
      arrivals: arrivals.get(probe.at)!.filter(during),
      drops: tracer.drops.filter(during),
    });
    return [probeKey(probe), outcome];
  });
  return { outcomes: new Map(outcomes), preparation: printed[0]! };
}

/** The file's text with more steps: a capture for each place where something may come in, and the probes. */
function withProbes(file: string, more: readonly string[], probes: readonly Probe[]): string {
  const text = readFileSync(new URL(`../../../test/reachability/${file}`, import.meta.url), 'utf8');
  const data = parse(text, { merge: true }) as { steps?: unknown[] };
  const captures = [...new Set(probes.map(({ at }) => at))].map(
    (at) => `capture start ${captureName(at)} on ${at} -p`,
  );
  // What one probe leaves on its way does not count for the next.
  const asked = probes.flatMap((probe) => [probeStep(probe), 'wait 10ms']);
  const steps = [...(data.steps ?? []), ...more, ...captures, ...asked];
  return stringify({ ...data, steps }, { aliasDuplicateObjects: false });
}

function captureName(point: string): string {
  return `${point.replaceAll(/[/:.]/g, '-')}.pcapng`;
}

function arrivalsByPoint(probes: readonly Probe[], output: MemoryFolder): Map<string, Arrival[]> {
  const points = new Set(probes.map(({ at }) => at));
  return new Map(
    [...points].map((at) => {
      const bytes = output.bytes(`captures/${captureName(at)}`);
      return [at, bytes === null ? [] : arrivalsOf(bytes)];
    }),
  );
}
