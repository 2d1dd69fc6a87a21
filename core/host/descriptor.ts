import type { Process } from './process.ts';
import { SIGPIPE } from './process.ts';
import { Pipe, type OutputStream } from './streams.ts';

/** What several descriptors write to; closed with the last of them. */
class OpenOutput {
  readonly target: OutputStream;
  private references = 0;

  constructor(target: OutputStream) {
    this.target = target;
  }

  retain(): void {
    this.references++;
  }

  release(): void {
    if (--this.references === 0) this.target.close();
  }
}

/**
 * A process's own handle on an output that others write to as well (a file descriptor on an open file
 * description). Closing it closes the output only when it was the last. Writing to a pipe whose reader has
 * ended sends SIGPIPE to `owner`.
 */
export class OutputDescriptor implements OutputStream {
  /** Who is writing. */
  owner: Process | null = null;
  private readonly file: OpenOutput;
  private open = true;

  private constructor(file: OpenOutput) {
    this.file = file;
    file.retain();
  }

  /** The first descriptor on an output: the output is closed with the last of its duplicates. */
  static on(target: OutputStream): OutputDescriptor {
    return new OutputDescriptor(new OpenOutput(target));
  }

  /**
   * A descriptor for a child process that is to write to `stream`. An output that is no descriptor belongs to
   * the caller, who closes it: the child's end leaves it open.
   */
  static duplicate(stream: OutputStream): OutputDescriptor {
    if (stream instanceof OutputDescriptor) return new OutputDescriptor(stream.file);
    const file = new OpenOutput(stream);
    file.retain();
    return new OutputDescriptor(file);
  }

  /** True when what is written goes to another process. */
  get isPipe(): boolean {
    return this.file.target instanceof Pipe;
  }

  write(text: string): void {
    if (!this.open || text === '') return;
    const target = this.file.target;
    if (target instanceof Pipe && target.readerGone) {
      this.owner?.kill(SIGPIPE);
      return;
    }
    target.write(text);
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    this.file.release();
  }
}
