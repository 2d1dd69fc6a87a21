import type { ByteSink } from '../../core/capture/byte-sink.ts';
import type { Process } from '../../core/host/process.ts';
import { absolutePath } from '../files.ts';

/** Files hold text; a capture file's bytes are kept as characters 0 to 255. */
function toText(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  return text;
}

/** A sink that writes a file of the process's file system, or standard output for `-`. */
export class FileSink implements ByteSink {
  private text = '';
  private readonly put: (bytes: Uint8Array) => void;

  constructor(proc: Process, name: string) {
    if (name === '-') {
      this.put = (bytes) => proc.print(toText(bytes));
      return;
    }
    const path = absolutePath(proc, name);
    proc.context.fileSystem.define(path, { read: () => this.text, write: (text) => void (this.text = text) });
    this.put = (bytes) => void (this.text += toText(bytes));
  }

  write(bytes: Uint8Array): void {
    this.put(bytes);
  }

  close(): void {}
}

/** The bytes of a file, or null when there is none. */
export function readFileBytes(proc: Process, name: string): Uint8Array | null {
  const text = proc.context.fileSystem.readText(absolutePath(proc, name));
  if (text === null) return null;
  return Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);
}
