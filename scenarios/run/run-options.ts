/** What a run is given and what it gives back; how it is shown and stored is the caller's affair. */
import type { ByteSink } from '../../core/capture/byte-sink.ts';
import type { Tracer } from '../../core/trace/tracer.ts';
import type { World } from './world.ts';

/** Where a run's files go. Names are relative, with `/` between folders: `captures/far.pcap`. */
export interface OutputFolder {
  /** Opens a file for writing, in place of any that is there. */
  open(name: string): ByteSink;
  writeText(name: string, text: string): void;
}

/** What a command gave, in whole. */
export interface StepOutput {
  /** Its step, counted from 0 in the order of the file. */
  readonly index: number;
  readonly startedNs: number;
  readonly tookNs: number;
  /** Null: it was still running in the background when the run ended. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How far a run is. */
export interface RunProgress {
  readonly nowNs: number;
  readonly stepsDone: number;
  readonly stepsTotal: number;
}

export interface RunOptions {
  /** Nothing is written without it. */
  readonly output?: OutputFolder;
  /** In place of the scenario's. */
  readonly seed?: number;
  /** Stop at this simulated time, if it comes before the scenario's own duration. */
  readonly untilNs?: number;
  /** Load the scenario's driver modules; without it a scenario that names any is refused. */
  readonly allowCode?: boolean;
  /** Hears what happens to each packet on every machine, which takes longer; see core/trace/tracer.ts. */
  readonly tracer?: Tracer;
  /** Called for each packet that a capture writes, in the order of its file; `packetId` is the packet's number. */
  readonly onCaptured?: (file: string, packetId: number) => void;
  /** Looks at the machines when the run has ended. */
  readonly atEnd?: (world: World) => void;
  /** Called with each piece of the transcript (prompt, output) as it comes. */
  readonly onTranscript?: (text: string) => void;
  /** Called with each command that has ended, and at the end of the run with those that have not. */
  readonly onStepEnd?: (output: StepOutput) => void;
  /** Called now and then, at most once per step and per simulated second. */
  readonly onProgress?: (progress: RunProgress) => void;
  /**
   * Asked now and then; true ends the run early with its files closed. A signal can only arrive when the event
   * loop turns: the run must let it, several times a second.
   */
  readonly isCancelled?: () => boolean;
}

/** An expectation that did not hold. */
export interface FailedExpectation {
  /** `file:line:column` of the step. */
  readonly position: string;
  readonly step: string;
  /** What was compared: exit, stdout, stderr, matches, within. */
  readonly what: string;
  readonly expected: string;
  readonly actual: string;
}

export interface RunResult {
  /** The whole transcript, as in transcript.txt. */
  readonly transcript: string;
  /** What summary.json holds; plain data. */
  readonly summary: Readonly<Record<string, unknown>>;
  /** Hints for a person: why frames were dropped that look as if they should have passed. Part of the summary. */
  readonly notes: readonly string[];
  readonly failed: readonly FailedExpectation[];
  /** 0: all went as expected; 1: an expectation failed. */
  readonly exitCode: 0 | 1;
}
