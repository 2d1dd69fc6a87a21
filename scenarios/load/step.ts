import type { Capture } from '../schema/capture.ts';
import type { Path } from '../../programs/compose-file/yaml-source.ts';
import type { SourcePosition } from './problem.ts';

/** Where a command runs: a host or a container, or a named network namespace of a host. */
export interface Where {
  /** As written, the prompt of the transcript: `host1:ingress_sbox`. */
  readonly text: string;
  readonly node: string;
  readonly netns: string | undefined;
}

/** What a command must give. All of it is checked once the command has ended, or `withinNs` has passed. */
export interface Expectation {
  readonly exit: number | undefined;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  /** Regular expressions on standard output, flags `m`. */
  readonly matches: readonly RegExp[];
  readonly withinNs: number | undefined;
}

/** What all steps have. */
interface StepBase {
  /** As written. */
  readonly text: string;
  /** Not before this simulated time, in nanoseconds; undefined: when its turn comes. */
  readonly atNs: number | undefined;
  readonly position: SourcePosition;
  /** Its place in the file's data, for problems found later. */
  readonly path: Path;
}

export interface RunStep extends StepBase {
  readonly kind: 'run';
  readonly where: Where;
  readonly command: string;
  readonly background: boolean;
  readonly expect: Expectation | undefined;
}
export interface WaitStep extends StepBase {
  readonly kind: 'wait';
  readonly durationNs: number;
}
export interface CaptureStartStep extends StepBase {
  readonly kind: 'capture-start';
  readonly captures: readonly Capture[];
}
export interface CaptureStopStep extends StepBase {
  readonly kind: 'capture-stop';
  /** File names without their extension; empty: all that are open. */
  readonly names: readonly string[];
}
export interface LinkStep extends StepBase {
  readonly kind: 'link';
  readonly link: string;
  readonly up: boolean;
  /** The link comes up again after this time, and the step does not wait for it; undefined: it stays down. */
  readonly durationNs: number | undefined;
}
export interface HostStep extends StepBase {
  readonly kind: 'host';
  readonly host: string;
  readonly up: boolean;
}
export interface KillStep extends StepBase {
  readonly kind: 'kill';
  readonly container: string;
}

/** One step of a scenario. Each waits for the one before it. */
export type Step = RunStep | WaitStep | CaptureStartStep | CaptureStopStep | LinkStep | HostStep | KillStep;
