import type { Scenario } from '../load/scenario.ts';
import type { RunOptions, RunResult } from '../run/run-options.ts';
import { runScenario } from '../run/run-scenario.ts';
import { DropTally } from './drop-tally.ts';
import { LifeRecorder } from './life-recorder.ts';
import type { WhyAnswer } from './life.ts';
import { PacketFinder, type PacketSelection } from './packet-finder.ts';

/** A packet of a capture that the scenario writes: `docker0.pcap:12`, counted from 1 as Wireshark does. */
export interface CapturedFrame {
  readonly file: string;
  readonly number: number;
}

/** What is asked about a run: what was dropped in it, or the lives of some packets. */
export type WhyQuestion =
  | { readonly kind: 'overview' }
  | { readonly kind: 'selected'; readonly selection: PacketSelection; readonly limit: number }
  | {
      readonly kind: 'named';
      readonly packets: readonly number[];
      readonly frames: readonly CapturedFrame[];
    };

export interface WhyOptions extends Pick<RunOptions, 'seed' | 'untilNs' | 'allowCode' | 'isCancelled'> {
  /** Looks at what the run came to, which is the same as without a question. */
  readonly onResult?: (result: RunResult) => void;
}

/** The question names a packet that there is not. */
export class NoSuchPacketError extends Error {
  override readonly name = 'NoSuchPacketError';
}

/**
 * Answers a question about a run by running the scenario again, with somebody who listens. Which packets are meant is
 * found in one run and what happened to them in a second, so that only their lives are kept. Nothing is written.
 * Throws NoSuchPacketError, and what runScenario throws.
 */
export async function whyScenario(
  scenario: Scenario,
  question: WhyQuestion,
  { onResult, ...options }: WhyOptions = {},
): Promise<WhyAnswer> {
  const run = async (more: Pick<RunOptions, 'tracer' | 'onCaptured'>): Promise<RunResult> => {
    const result = await runScenario(scenario, { ...options, ...more });
    onResult?.(result);
    return result;
  };
  if (question.kind === 'overview') {
    const tracer = new DropTally();
    const { summary } = await run({ tracer });
    const { created } = summary['packets'] as { created: number };
    return { kind: 'overview', created, dropped: tracer.total, groups: tracer.groups() };
  }
  const ids =
    question.kind === 'named'
      ? [...question.packets, ...(await findFrames(question.frames, run))]
      : await findSelected(question.selection, run);
  const shown = question.kind === 'named' ? ids : ids.slice(0, question.limit);
  const tracer = new LifeRecorder(shown);
  if (shown.length > 0) await run({ tracer });
  const packets = tracer.finished();
  const missing = shown.find((id) => !packets.some(({ packet }) => packet === id));
  if (missing !== undefined) throw new NoSuchPacketError(`there is no packet ${missing} in this run`);
  return { kind: 'packets', matched: ids.length, packets };
}

type Run = (more: Pick<RunOptions, 'tracer' | 'onCaptured'>) => Promise<RunResult>;

async function findSelected(selection: PacketSelection, run: Run): Promise<number[]> {
  const tracer = new PacketFinder(selection);
  await run({ tracer });
  return tracer.found;
}

/** The numbers of packets that captures will have written. */
async function findFrames(frames: readonly CapturedFrame[], run: Run): Promise<number[]> {
  if (frames.length === 0) return [];
  const ids = new Map<string, number[]>(frames.map(({ file }) => [file, []]));
  const { summary } = await run({ onCaptured: (file, id) => void ids.get(file)?.push(id) });
  const captures = (summary['captures'] as { file: string }[]).map(({ file }) => file);
  return frames.map(({ file, number }) => {
    if (!captures.includes(file)) {
      const there = captures.length === 0 ? 'it writes none' : `there are ${captures.join(', ')}`;
      throw new NoSuchPacketError(`the run writes no capture called ${file}; ${there}`);
    }
    const id = ids.get(file)![number - 1];
    if (id !== undefined) return id;
    throw new NoSuchPacketError(`${file} has no frame ${number}; it has ${ids.get(file)!.length}`);
  });
}
