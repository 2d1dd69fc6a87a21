import { SIGINT, type Process } from '../../core/host/process.ts';
import { TextBuffer } from '../../core/host/streams.ts';
import type { WaitQueue } from '../../core/host/wait-queue.ts';
import { OwnedChild, type ChildStreams } from '../child-process.ts';
import { LineInput, type Run } from '../line-input.ts';
import { Interrupted } from './control-flow.ts';
import type { Dialect } from './dialect.ts';
import type { ShellState, ShellVariable } from './shell-state.ts';

/** A loop goes round about this often in a millisecond; it takes time so that an endless one can be stopped. */
const ROUNDS_PER_MILLISECOND = 100;

export interface Job {
  number: number;
  text: string;
  process: Process;
}

/** One running shell or subshell: its state, its process and its children. */
export class Shell {
  readonly proc: Process;
  readonly state: ShellState;
  readonly dialect: Dialect;
  readonly streams: ChildStreams;
  readonly jobs: Job[];
  /** True at a prompt: errors do not end it. */
  interactive = false;
  /** How deep function calls are. */
  callDepth = 0;
  /** What the variables that `local` hides were before, undefined for unset; null outside functions. */
  locals: Map<string, ShellVariable | undefined> | null = null;
  private readonly interrupt: { queue: WaitQueue; raised: boolean };
  private rounds = 0;

  constructor(proc: Process, state: ShellState, dialect: Dialect, jobs: Job[] = []) {
    this.proc = proc;
    this.state = state;
    this.dialect = dialect;
    this.jobs = jobs;
    this.streams = { stdin: LineInput.on(proc.stdin), stdout: proc.stdout, stderr: proc.stderr };
    this.interrupt = proc.catchSignal(SIGINT);
  }

  /** Prints a complaint the way this shell does. */
  complain(streams: ChildStreams, line: number, message: string): void {
    streams.stderr.write(`${this.dialect.prefix(this.state.name, line)}${message}\n`);
  }

  /** Waits for foreground children, which get the signals that end the shell; SIGINT goes to them first. */
  *waitForeground(children: readonly Process[]): Run<void> {
    const owned = children.map((child) => new OwnedChild(child));
    for (const child of owned) this.proc.own(child);
    let interrupted = false;
    for (const child of children) {
      while (child.exitCode === null) {
        if (this.interrupt.raised) {
          this.interrupt.raised = false;
          interrupted = true;
          for (const each of children) each.kill(SIGINT);
          continue;
        }
        yield* this.proc.waitAny([child.exited, this.interrupt.queue]);
      }
    }
    for (const child of owned) this.proc.disown(child);
    // As bash does: a child that made something else of the signal does not end the script.
    if (interrupted && children.at(-1)?.exitCode === 128 + SIGINT) throw new Interrupted();
  }

  /** Waits for one of the queues, or SIGINT, which ends the shell; false on time-out. */
  *waitInterruptibly(queues: readonly WaitQueue[], timeoutNs = Infinity): Run<boolean> {
    const woken = yield* this.proc.waitAny([...queues, this.interrupt.queue], timeoutNs);
    if (this.interrupt.raised) {
      this.interrupt.raised = false;
      throw new Interrupted();
    }
    return woken !== null;
  }

  /** Called once each time round a loop. */
  *loopRound(): Run<void> {
    if (++this.rounds % ROUNDS_PER_MILLISECOND === 0) yield* this.waitInterruptibly([], 1_000_000);
  }
}

/** What a substitution may print; a process that prints more is ended. */
const MAX_CAPTURE_LENGTH = 16 * 1024 * 1024;

/** Collects the output of a substitution. */
export class CaptureBuffer extends TextBuffer {
  /** Called when there is too much. */
  onOverflow: () => void = () => {};

  override write(text: string): void {
    if (this.text.length + text.length > MAX_CAPTURE_LENGTH) this.onOverflow();
    else super.write(text);
  }
}
