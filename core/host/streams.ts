import type { TerminalInput } from './terminal-input.ts';
import { WaitQueue } from './wait-queue.ts';

/** Where a process writes text. */
export interface OutputStream {
  write(text: string): void;
  /** The writer has ended. A stream several processes share ignores it. */
  close(): void;
}

/** Where a process reads text from. */
export interface InputStream {
  /** Text that is there now, taken away; '' when there is none. */
  read(): string;
  /** True when nothing more will come. */
  readonly ended: boolean;
  /** Woken when there is something to read, or the end. */
  readonly readable: WaitQueue;
  /** True when a person types at the other end: a shell then prompts. */
  readonly isTerminal?: boolean;
  /** The terminal behind it, where one is emulated. */
  readonly terminal?: TerminalInput | undefined;
  /** A terminal's input goes on after its end was typed. */
  reopen?(): void;
}

/** Collects what is written. */
export class TextBuffer implements OutputStream {
  text = '';

  write(text: string): void {
    this.text += text;
  }

  close(): void {}
}

/** Calls a function with what is written. */
export class CallbackOutput implements OutputStream {
  private readonly callback: (text: string) => void;

  constructor(callback: (text: string) => void) {
    this.callback = callback;
  }

  write(text: string): void {
    this.callback(text);
  }

  close(): void {}
}

/** A pipe between two processes. It holds any amount: a writer never waits for the reader. */
export class Pipe implements OutputStream, InputStream {
  ended = false;
  /** True when nobody will read any more: whoever writes then gets SIGPIPE (see `OutputDescriptor`). */
  readerGone = false;
  readonly readable = new WaitQueue();
  private buffered = '';

  write(text: string): void {
    if (this.ended || this.readerGone) return;
    this.buffered += text;
    this.readable.wake();
  }

  read(): string {
    const text = this.buffered;
    this.buffered = '';
    return text;
  }

  close(): void {
    this.ended = true;
    this.readable.wake();
  }

  /** The reader has ended. */
  closeReader(): void {
    this.readerGone = true;
    this.buffered = '';
  }
}

/** A text to be read once, as from a file. */
export class TextInput implements InputStream {
  readonly readable = new WaitQueue();
  private text: string;

  constructor(text: string) {
    this.text = text;
  }

  get ended(): boolean {
    return this.text === '';
  }

  read(): string {
    const text = this.text;
    this.text = '';
    return text;
  }
}

/** An input that is at its end, as </dev/null. */
export const EMPTY_INPUT: InputStream = { read: () => '', ended: true, readable: new WaitQueue() };
