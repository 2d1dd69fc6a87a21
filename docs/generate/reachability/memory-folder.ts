import { MemorySink } from '../../../core/capture/byte-sink.ts';
import type { OutputFolder } from '../../../scenarios/index.ts';

/** An output folder in memory. Texts are not kept. */
export class MemoryFolder implements OutputFolder {
  private readonly sinks = new Map<string, MemorySink>();

  open(name: string): MemorySink {
    const sink = new MemorySink();
    this.sinks.set(name, sink);
    return sink;
  }

  writeText(): void {}

  /** What a file holds, or null when it was not opened. */
  bytes(name: string): Uint8Array | null {
    return this.sinks.get(name)?.bytes() ?? null;
  }
}
