import { describe, expect, it } from 'vitest';
import { MemorySink } from '../../core/capture/byte-sink.ts';
import { PcapWriter } from '../../core/capture/pcap-writer.ts';
import { readCapture } from '../../core/capture/pcap-reader.ts';
import { recorded, recordedBytes, recordedNames } from './recorded-files.ts';
import { hasWireshark, runOn } from './wireshark.ts';

const frame = (length: number, seed = 0): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 7 + seed) & 0xff);

describe('PcapWriter', () => {
  it.each(recordedNames())('writes %s again byte for byte', (name) => {
    const original = recordedBytes(name);
    const { packets } = readCapture(original);
    const epochNs = packets[0]!.timeNs;
    const sink = new MemorySink();
    const writer = new PcapWriter(sink, { epochNs });
    for (const p of packets) {
      writer.writePacket(Number(p.timeNs - epochNs), p.buf, p.offset, p.length, p.originalLength);
    }
    writer.close();
    expect(Buffer.compare(sink.bytes(), original)).toBe(0);
  });

  it.each([1, 47, 48, 49, 1514, 4096, 9000, 65_550, 200_000])(
    'keeps %i bytes whatever the buffer',
    (length) => {
      for (const [headroom, tailroom] of [
        [0, 0],
        [128, 300],
        [3, 5000],
      ] as const) {
        const sink = new MemorySink();
        const writer = new PcapWriter(sink, { batchBytes: 65_536 });
        const payload = frame(length, headroom);
        const buf = new Uint8Array(headroom + length + tailroom).fill(0xee);
        buf.set(payload, headroom);
        for (let i = 0; i < 50; i++) writer.writePacket(i, buf, headroom, length);
        writer.close();
        const { packets, truncated } = readCapture(sink.bytes());
        expect(truncated).toBe(false);
        expect(packets).toHaveLength(50);
        for (const [i, packet] of packets.entries()) {
          expect(packet.timeNs).toBe(BigInt(i));
          expect(
            Buffer.compare(packet.buf.subarray(packet.offset, packet.offset + packet.length), payload),
          ).toBe(0);
        }
      }
    },
  );

  it('leaves a readable file when it is cut off between batches', () => {
    const sink = new MemorySink();
    const writer = new PcapWriter(sink, { batchBytes: 65_536 });
    for (let i = 0; i < 1000; i++) writer.writePacket(i, frame(1000), 0, 1000);
    const file = readCapture(sink.bytes());
    expect(file.truncated).toBe(false);
    expect(file.packets.length).toBeGreaterThan(900);
    writer.flush();
    expect(readCapture(sink.bytes()).packets).toHaveLength(1000);
  });

  it('carries whole seconds and nanoseconds of long runs exactly', () => {
    const sink = new MemorySink();
    const writer = new PcapWriter(sink, { epochNs: 1_699_999_999_999_999_999n });
    const times = [0, 1, 999_999_999, 1_000_000_000, 2 ** 53 - 1, 8_388_608_999_999_999];
    for (const time of times) writer.writePacket(time, frame(60), 0, 60);
    writer.close();
    expect(readCapture(sink.bytes()).packets.map((p) => p.timeNs)).toEqual(
      times.map((time) => BigInt(time) + 1_699_999_999_999_999_999n),
    );
  });

  it('closes its sink once and refuses odd batch sizes', () => {
    const sink = new MemorySink();
    const writer = new PcapWriter(sink);
    writer.close();
    writer.close();
    expect(sink.closed).toBe(true);
    expect(sink.bytes()).toHaveLength(24);
    expect(() => new PcapWriter(new MemorySink(), { batchBytes: 1000 })).toThrow(/batch size 1000/);
  });

  it.skipIf(!hasWireshark)('is read by capinfos and tshark with nanoseconds', () => {
    const sink = new MemorySink();
    const writer = new PcapWriter(sink);
    const { packets } = recorded('vlan.pcap');
    for (const [i, p] of packets.entries()) writer.writePacket(i * 1_000_000_007, p.buf, p.offset, p.length);
    writer.close();
    const info = runOn(sink.bytes(), 'capinfos', (file) => [file]);
    expect(info).toContain('nanoseconds');
    expect(info).toMatch(new RegExp(`Number of packets:\\s+${packets.length}\\b`));
    const times = runOn(sink.bytes(), 'tshark', (file) => [
      '-r',
      file,
      '-T',
      'fields',
      '-e',
      'frame.time_epoch',
    ]);
    expect(times.split('\n')[3]).toBe('3.000000021');
  });
});
