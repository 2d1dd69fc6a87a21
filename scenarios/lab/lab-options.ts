/** What an interactive lab is given, and what a line in it gives back. */
import type { OutputFolder, RunOptions } from '../run/run-options.ts';

export interface LabOptions extends Pick<RunOptions, 'seed' | 'allowCode' | 'isCancelled'> {
  /** Where captures go; nothing is written without it. */
  readonly output?: OutputFolder;
  /** Run the scenario's steps before the first line. */
  readonly steps?: boolean;
  /** What programs read: lines typed (`terminal`, the default) or nothing, as in a scenario's steps. */
  readonly input?: 'terminal' | 'none';
  /** Print each command after its prompt, as a transcript has it. */
  readonly echo?: boolean;
  /** Interrupt a line that still runs after this much simulated time; exit code 124. Default: never. */
  readonly limitNs?: number;
  /** Called with what is printed, as it comes. */
  readonly onOutput?: (text: string, stream: 'stdout' | 'stderr') => void;
  /**
   * Awaited between two slices of simulated time of a line that runs on: here a caller may take its time, and call
   * `interrupt`. Default: one turn of the event loop.
   */
  readonly pause?: (state: PauseState) => Promise<void>;
}

export interface PauseState {
  /** Simulated time since the line was entered. */
  readonly ranNs: number;
  /** Whether the line printed anything in the slice. */
  readonly printed: boolean;
  /** No event is waiting: nothing will ever happen but an interrupt. */
  readonly quiet: boolean;
}

/** What came of one line. */
export interface LineResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Both, in the order they came; with `echo` the prompt and the line too. */
  readonly text: string;
  /** That of the last command, as `$?`. */
  readonly exitCode: number;
}
