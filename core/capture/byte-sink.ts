/**
 * Where a capture writer's bytes go. The command line implements it with files; a browser with whatever it has.
 * Bytes handed to `write` are only valid during the call: a sink that keeps them must copy them.
 */
export interface ByteSink {
  write(bytes: Uint8Array): void;
  close(): void;
}

/** A sink that keeps everything in memory. */
export class MemorySink implements ByteSink {
  closed = false;
  private readonly chunks: Uint8Array[] = [];

  write(bytes: Uint8Array): void {
    this.chunks.push(bytes.slice());
  }

  close(): void {
    this.closed = true;
  }

  /** All bytes written so far, in one array. */
  bytes(): Uint8Array {
    const all = new Uint8Array(this.chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of this.chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }
}
