import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PcapWriter } from '../core/capture/pcap-writer.ts';
import { medianSeconds, report } from './lab.ts';

const RECORDS = 500_000;

function writePath(length: number, toDisk: boolean): number {
  const path = join(tmpdir(), `dockwire-bench-${process.pid}.pcap`);
  const frame = new Uint8Array(2048);
  const seconds = medianSeconds(5, () => {
    const fd = toDisk ? openSync(path, 'w') : -1;
    const writer = new PcapWriter({
      write: (bytes) => {
        if (toDisk) writeSync(fd, bytes);
      },
      close: () => {
        if (toDisk) closeSync(fd);
      },
    });
    for (let i = 0; i < RECORDS; i++) writer.writePacket(i * 1000, frame, 0, length);
    writer.close();
  });
  rmSync(path, { force: true });
  return RECORDS / seconds;
}

export function run(): void {
  report('pcap, 100 B frames, write path alone', writePath(100, false), 'frames/s');
  report('pcap, 1000 B frames, write path alone', (writePath(1000, false) * 1000) / 1e6, 'MB/s');
  report('pcap, 1000 B frames, to a file', (writePath(1000, true) * 1000) / 1e6, 'MB/s');
}
