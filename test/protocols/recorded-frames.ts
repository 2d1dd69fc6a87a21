import { readFileSync } from 'node:fs';

/** The frames of a nanosecond pcap in test/protocols/recorded. */
export function recordedFrames(name: string): Uint8Array[] {
  const bytes = readFileSync(new URL(`./recorded/${name}.pcap`, import.meta.url));
  const frames: Uint8Array[] = [];
  for (let at = 24; at + 16 <= bytes.length;) {
    const length = bytes.readUInt32LE(at + 8);
    frames.push(Uint8Array.from(bytes.subarray(at + 16, at + 16 + length)));
    at += 16 + length;
  }
  return frames;
}
