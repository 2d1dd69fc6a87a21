import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCapture } from '../../core/capture/pcap-reader.ts';
import type { CaptureFile } from '../../core/capture/capture-file.ts';

const DIRECTORY = join(import.meta.dirname, 'recorded');

/** Recordings of a real host, made with tcpdump. */
export function recordedNames(): string[] {
  return readdirSync(DIRECTORY)
    .filter((name) => name.endsWith('.pcap'))
    .sort();
}

export function recordedBytes(name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(DIRECTORY, name)));
}

export function recorded(name: string): CaptureFile {
  return readCapture(recordedBytes(name));
}
