import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemorySink } from '../../core/capture/byte-sink.ts';
import { CaptureFormatError } from '../../core/capture/capture-file.ts';
import { readCapture } from '../../core/capture/pcap-reader.ts';
import { PcapngWriter } from '../../core/capture/pcapng-writer.ts';
import { recordedBytes } from './recorded-files.ts';

function pcap(littleEndian: boolean, magic: number, fraction: number): Uint8Array {
  const bytes = new Uint8Array(24 + 16 + 4);
  const view = new DataView(bytes.buffer);
  const words = [magic, 0, 0, 0, 65535, 1, 1_700_000_000, fraction, 4, 1500];
  words.forEach((word, i) => view.setUint32(i * 4, word, littleEndian));
  view.setUint16(4, 2, littleEndian);
  view.setUint16(6, 4, littleEndian);
  bytes.set([1, 2, 3, 4], 40);
  return bytes;
}

function smallPcapng(): Uint8Array {
  const sink = new MemorySink();
  const writer = new PcapngWriter(sink, { comment: 'x', os: 'y' });
  writer.addInterface({ name: 'eth0', description: 'd', filter: 'icmp', counts: { seen: 1, captured: 1 } });
  writer.writePacket(5, Uint8Array.from([1, 2, 3, 4, 5]), 0, 5, 9, 0, 1, 3, 'comment');
  writer.close();
  return sink.bytes();
}

function onlyFormatErrors(bytes: Uint8Array): void {
  try {
    const file = readCapture(bytes);
    for (const p of file.packets) expect(p.offset + p.length).toBeLessThanOrEqual(bytes.length);
  } catch (error) {
    expect(error).toBeInstanceOf(CaptureFormatError);
  }
}

describe('readCapture', () => {
  it.each([
    [true, 0xa1b2c3d4, 123_456, 123_456_000n],
    [false, 0xa1b2c3d4, 123_456, 123_456_000n],
    [true, 0xa1b23c4d, 123_456_789, 123_456_789n],
    [false, 0xa1b23c4d, 123_456_789, 123_456_789n],
  ])('reads pcap, little-endian %s, magic %i', (littleEndian, magic, fraction, ns) => {
    const { packets, interfaces } = readCapture(pcap(littleEndian, magic, fraction));
    expect(interfaces[0]!.linkType).toBe(1);
    expect(packets[0]).toMatchObject({
      timeNs: 1_700_000_000_000_000_000n + ns,
      offset: 40,
      length: 4,
      originalLength: 1500,
    });
  });

  it('reads big-endian pcapng with microseconds', () => {
    const bytes = new Uint8Array(28 + 20 + 36);
    const view = new DataView(bytes.buffer);
    const words = [0x0a0d0d0a, 28, 0x1a2b3c4d, 0x0001_0000, 0xffffffff, 0xffffffff, 28];
    words.push(1, 20, 0x0001_0000, 65535, 20);
    words.push(6, 36, 0, 0x0005_0000, 7, 2, 60, 0xabcd_0000, 36);
    words.forEach((word, i) => view.setUint32(i * 4, word));
    const { packets } = readCapture(bytes);
    expect(packets[0]).toMatchObject({
      timeNs: (0x5_0000n * 2n ** 32n + 7n) * 1000n,
      length: 2,
      originalLength: 60,
    });
    expect(packets[0]!.buf[packets[0]!.offset]).toBe(0xab);
  });

  it('keeps what was whole of a file that was cut off', () => {
    const bytes = recordedBytes('startup.pcap');
    const whole = readCapture(bytes).packets.length;
    const cut = readCapture(bytes.subarray(0, bytes.length - 1));
    expect(cut).toMatchObject({ truncated: true });
    expect(cut.packets).toHaveLength(whole - 1);
    expect(readCapture(smallPcapng().subarray(0, -70)).truncated).toBe(true);
  });

  it('names what is wrong', () => {
    expect(() => readCapture(new Uint8Array(3))).toThrow(/too short/);
    expect(() => readCapture(new Uint8Array(100))).toThrow(/unknown magic/);
    expect(() => readCapture(pcap(true, 0xa1b2c3d4, 0).subarray(0, 20))).toThrow(/header is cut off/);
  });

  it('throws nothing but CaptureFormatError on hostile bytes', () => {
    const seeds = [smallPcapng(), pcap(true, 0xa1b2c3d4, 1)];
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 8 }),
        fc.nat(400),
        (seed, changes, cut) => {
          const bytes = seed.slice(0, Math.max(4, cut));
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          onlyFormatErrors(bytes);
        },
      ),
      { numRuns: 3000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), onlyFormatErrors), { numRuns: 500 });
  });
});
