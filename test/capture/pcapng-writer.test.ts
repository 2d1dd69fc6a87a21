import { describe, expect, it } from 'vitest';
import { MemorySink } from '../../core/capture/byte-sink.ts';
import { CAPTURE_IN, CAPTURE_OUT } from '../../core/capture/capture-writer.ts';
import { compileFilter } from '../../core/capture/filter/packet-filter.ts';
import { readCapture } from '../../core/capture/pcap-reader.ts';
import { PcapngWriter } from '../../core/capture/pcapng-writer.ts';
import { CaptureTap } from '../../core/capture/tap.ts';
import { recorded } from './recorded-files.ts';
import { hasWireshark, runOn } from './wireshark.ts';

const EPOCH = 1_700_000_000_123_456_789n;

/** Two taps, the second of which appears later and takes ICMP only, cut at 60 bytes. */
function writeTwoTaps(): { bytes: Uint8Array; icmp: CaptureTap; total: number } {
  const sink = new MemorySink();
  const writer = new PcapngWriter(sink, {
    comment: 'scenario errors, seed 1 — Zürich 😀',
    os: 'simulated Linux',
    application: 'dockwire 0.1.0',
    epochNs: EPOCH,
  });
  const all = new CaptureTap(writer);
  all.interfaceIndex = writer.addInterface({ name: 'host1/eth0', description: 'underlay', counts: all });
  const { packets } = recorded('icmp-errors.pcap');
  packets.forEach((p, i) => all.capture(i * 5_000_000_001, p.buf, p.offset, p.length, i % 2, 1000 + i));
  const icmp = new CaptureTap(writer, { filter: compileFilter('icmp'), snaplen: 60 });
  icmp.interfaceIndex = writer.addInterface({ name: 'c1/eth0', filter: 'icmp', snaplen: 60, counts: icmp });
  packets.forEach((p, i) => icmp.capture(2 ** 40 + i, p.buf, p.offset, p.length, CAPTURE_OUT, 2 ** 40 + i));
  const p = packets[0]!;
  writer.writePacket(2 ** 41, p.buf, p.offset, p.length, p.length, 0, CAPTURE_IN, 7, 'DNAT 8080->80');
  writer.close();
  return { bytes: sink.bytes(), icmp, total: packets.length };
}

describe('PcapngWriter', () => {
  it('is read back with every option', () => {
    const { bytes, icmp, total } = writeTwoTaps();
    const file = readCapture(bytes);
    expect(file).toMatchObject({
      format: 'pcapng',
      nanoseconds: true,
      truncated: false,
      comment: 'scenario errors, seed 1 — Zürich 😀',
      os: 'simulated Linux',
      application: 'dockwire 0.1.0',
    });
    expect(file.interfaces).toEqual([
      {
        name: 'host1/eth0',
        description: 'underlay',
        filter: null,
        linkType: 1,
        snaplen: 262144,
        statistics: { received: total, accepted: total },
      },
      {
        name: 'c1/eth0',
        description: null,
        filter: 'icmp',
        linkType: 1,
        snaplen: 60,
        statistics: { received: total, accepted: icmp.captured },
      },
    ]);
    expect(icmp.captured).toBeGreaterThan(0);
    expect(icmp.filtered).toBe(total - icmp.captured);
    expect(file.packets[3]).toMatchObject({
      timeNs: EPOCH + 15_000_000_003n,
      interfaceIndex: 0,
      direction: CAPTURE_OUT,
      packetId: 1003,
      comment: null,
    });
    const cut = file.packets[total]!;
    expect(cut).toMatchObject({ interfaceIndex: 1, length: 60 });
    expect(cut.originalLength).toBeGreaterThan(60);
    expect(cut.packetId).toBeGreaterThanOrEqual(2 ** 40);
    expect(file.packets.at(-1)).toMatchObject({
      comment: 'DNAT 8080->80',
      packetId: 7,
      direction: CAPTURE_IN,
    });
  });

  it('keeps the bytes of packets larger than a batch', () => {
    const sink = new MemorySink();
    const writer = new PcapngWriter(sink, { batchBytes: 65_536 });
    writer.addInterface({ name: 'lo' });
    const buf = Uint8Array.from({ length: 100_003 }, (_, i) => i & 0xff);
    for (let i = 0; i < 3; i++) writer.writePacket(i, buf, 1, 100_001, 100_001, 0, CAPTURE_IN, i, 'big');
    writer.close();
    const { packets } = readCapture(sink.bytes());
    expect(packets.map((p) => p.comment)).toEqual(['big', 'big', 'big']);
    for (const p of packets) {
      expect(Buffer.compare(p.buf.subarray(p.offset, p.offset + p.length), buf.subarray(1, 100_002))).toBe(0);
    }
  });

  it('refuses packets of an interface that was not added', () => {
    const writer = new PcapngWriter(new MemorySink());
    expect(() => writer.writePacket(0, new Uint8Array(60), 0, 60, 60, 0, 0, 1)).toThrow(/interface 0/);
  });

  it('stops a tap at its count', () => {
    const writer = new PcapngWriter(new MemorySink());
    const tap = new CaptureTap(writer, { count: 2, interfaceIndex: writer.addInterface({ name: 'eth0' }) });
    for (let i = 0; i < 5; i++) tap.capture(i, new Uint8Array(60), 0, 60, CAPTURE_IN, i);
    expect(tap).toMatchObject({ seen: 5, captured: 2, late: 3, done: true });
    expect(writer.packets).toBe(2);
  });

  it.skipIf(!hasWireshark)('is accepted by capinfos and tshark', () => {
    const { bytes } = writeTwoTaps();
    const info = runOn(bytes, 'capinfos', (file) => [file]);
    expect(info).toContain('nanoseconds');
    expect(info).toContain('scenario errors, seed 1 — Zürich 😀');
    expect(info).toContain('dockwire 0.1.0');
    expect(info).toContain('Name = host1/eth0');
    const fields = [
      'frame.time_epoch',
      'frame.interface_name',
      'frame.packet_id',
      'frame.packet_flags_direction',
    ];
    const table = runOn(bytes, 'tshark', (file) => [
      ...['-r', file, '-T', 'fields'],
      ...[...fields, 'frame.comment'].flatMap((field) => ['-e', field]),
    ]);
    const lines = table.trimEnd().split('\n');
    expect(lines[1]).toMatch(/^1700000005\.123456790\thost1\/eth0\t1001\t(0x0*)?2/);
    expect(lines.at(-1)).toMatch(/host1\/eth0\t7\t(0x0*)?1\tDNAT 8080->80$/);
  });
});
