import type { Process } from '../core/host/process.ts';
import type { WaitRequest } from '../core/host/program.ts';
import type { InputStream } from '../core/host/streams.ts';
import type { TerminalInput } from '../core/host/terminal-input.ts';
import type { WaitQueue } from '../core/host/wait-queue.ts';

/** A generator that a program runs with `yield*`. */
export type Run<T> = Generator<WaitRequest, T, WaitQueue | null>;

/**
 * An input from which lines can be taken one at a time; what was not taken stays for the next reader, so several
 * programs may read from it in turn.
 */
export class LineInput implements InputStream {
  private readonly input: InputStream;
  private buffered = '';

  private constructor(input: InputStream) {
    this.input = input;
  }

  static on(input: InputStream): LineInput {
    return input instanceof LineInput ? input : new LineInput(input);
  }

  get ended(): boolean {
    return this.buffered === '' && this.input.ended;
  }

  get readable(): WaitQueue {
    return this.input.readable;
  }

  get isTerminal(): boolean {
    return this.input.isTerminal === true;
  }

  get terminal(): TerminalInput | undefined {
    return this.input.terminal;
  }

  reopen(): void {
    this.input.reopen?.();
  }

  read(): string {
    const text = this.buffered + this.input.read();
    this.buffered = '';
    return text;
  }

  /** A line that is there now, with its newline; at the end of the input maybe without; null if there is none yet. */
  takeLine(): string | null {
    this.buffered += this.input.read();
    const newline = this.buffered.indexOf('\n');
    if (newline < 0 && !this.input.ended) return null;
    const line = newline < 0 ? this.buffered : this.buffered.slice(0, newline + 1);
    this.buffered = this.buffered.slice(line.length);
    return line === '' ? null : line;
  }

  /** Waits for the next line, with its newline; null at the end. */
  *nextLine(proc: Process): Run<string | null> {
    for (;;) {
      const line = this.takeLine();
      if (line !== null) return line;
      if (this.ended) return null;
      yield* proc.wait(this.readable);
    }
  }

  /** Waits for the end and returns all there was. */
  *readToEnd(proc: Process): Run<string> {
    let text = this.read();
    while (!this.ended) {
      yield* proc.wait(this.readable);
      text += this.read();
    }
    return text;
  }
}
