import { MemorySink, type ByteSink } from '../../core/capture/byte-sink.ts';
import type { OutputFolder } from '../../scenarios/run/run-options.ts';

/** The files of a run, in memory. */
export class MemoryFolder implements OutputFolder {
  private readonly sinks = new Map<string, MemorySink>();
  private readonly texts = new Map<string, string>();

  open(name: string): ByteSink {
    const sink = new MemorySink();
    this.sinks.set(name, sink);
    return sink;
  }

  writeText(name: string, text: string): void {
    this.texts.set(name, text);
  }

  bytes(name: string): Uint8Array {
    const sink = this.sinks.get(name);
    if (sink === undefined)
      throw new Error(`the run wrote no ${name}, but ${[...this.sinks.keys()].join(', ')}`);
    return sink.bytes();
  }

  /** What was written as text, or ''. */
  text(name: string): string {
    return this.texts.get(name) ?? '';
  }
}
