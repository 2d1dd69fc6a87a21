import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteRing } from '../../protocols/tcp/byte-ring.ts';
import { isTcpChecksumValid, putTcpChecksum } from '../../protocols/tcp/tcp-header.ts';
import { TcpSegmentIn } from '../../protocols/tcp/tcp-segment-in.ts';
import { TcpSegmentOut } from '../../protocols/tcp/tcp-segment-out.ts';
import { TestHost, VirtualClock } from './harness.ts';

const uint32 = fc.integer({ min: 0, max: 0xffffffff });
const uint16 = fc.integer({ min: 0, max: 0xffff });

const segmentArbitrary = fc.record({
  sequence: uint32,
  acknowledgement: uint32,
  flags: fc.integer({ min: 0, max: 255 }),
  window: uint16,
  mssBytes: fc.integer({ min: 0, max: 65535 }),
  windowScale: fc.integer({ min: -1, max: 14 }),
  sackPermitted: fc.boolean(),
  hasTimestamps: fc.boolean(),
  tsVal: uint32,
  tsEcr: uint32,
  sack: fc.array(uint32, { maxLength: 6 }),
  payload: fc.uint8Array({ maxLength: 3000 }),
});

describe('TCP header', () => {
  it('reads back what it wrote, with a valid checksum', () => {
    fc.assert(
      fc.property(segmentArbitrary, uint32, (fields, pseudoSum) => {
        const isSyn = (fields.flags & 2) !== 0;
        const out = new TcpSegmentOut();
        const { sack, payload, ...plain } = fields;
        Object.assign(out, plain);
        if (!isSyn) Object.assign(out, { mssBytes: 0, windowScale: -1, sackPermitted: false });
        out.sackCount = isSyn ? 0 : sack.length >> 1;
        out.sackEdges.set(sack.slice(0, 2 * out.sackCount));
        const ring = new ByteRing();
        ring.reserve(payload.length, 0);
        ring.copyIn(0, payload, 0, payload.length);
        out.setPayload(ring, 0, payload.length);
        const buf = new Uint8Array(7 + out.lengthBytes);
        const length = out.write(buf, 7, 1234, 80);
        expect(length).toBe(out.lengthBytes);
        putTcpChecksum(buf, 7, length, pseudoSum);
        expect(isTcpChecksumValid(buf, 7, length, pseudoSum)).toBe(true);
        const read = new TcpSegmentIn();
        expect(read.parse(buf, 7, length)).toBe(true);
        expect([read.sourcePort, read.destinationPort]).toEqual([1234, 80]);
        for (const name of ['sequence', 'acknowledgement', 'flags', 'window', 'hasTimestamps'] as const) {
          expect(read[name]).toBe(out[name]);
        }
        for (const name of ['mssBytes', 'windowScale', 'sackPermitted', 'sackCount'] as const) {
          expect(read[name]).toBe(out[name]);
        }
        if (fields.hasTimestamps) expect([read.tsVal, read.tsEcr]).toEqual([fields.tsVal, fields.tsEcr]);
        const edges = 2 * out.sackCount;
        expect([...read.sackEdges.slice(0, edges)]).toEqual([...out.sackEdges.slice(0, edges)]);
        expect(buf.slice(read.payloadOffset, read.payloadOffset + read.payloadLength)).toEqual(payload);
      }),
      { numRuns: 400 },
    );
  });

  it('never throws on any bytes, neither in the parser nor in a connection in any state', () => {
    const prefix = fc.constantFrom('listen', 'syn-sent', 'established', 'closing');
    const bytes = fc.uint8Array({ maxLength: 120 });
    const nearby = fc.record({
      seq: fc.integer({ min: -3, max: 3000 }),
      ack: fc.integer({ min: -3, max: 3000 }),
    });
    fc.assert(
      fc.property(
        prefix,
        fc.array(fc.tuple(bytes, nearby, fc.boolean()), { maxLength: 12 }),
        (state, inputs) => {
          const clock = new VirtualClock();
          const host = new TestHost(clock);
          prepare(host, state);
          for (const [raw, { seq, ack }, aimed] of inputs) {
            if (aimed && raw.length >= 20) aim(raw, 5000 + seq, 1000 + ack);
            host.deliver(raw, 0, raw.length);
            clock.runUntil(clock.nowNs + 50e6);
          }
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('refuses headers that do not fit', () => {
    const segment = new TcpSegmentIn();
    const buf = new Uint8Array(40);
    buf[12] = 0x40;
    expect(segment.parse(buf, 0, 40)).toBe(false);
    buf[12] = 0xf0;
    expect(segment.parse(buf, 0, 40)).toBe(false);
    buf[12] = 0x50;
    expect(segment.parse(buf, 0, 19)).toBe(false);
    expect(segment.parse(buf, 30, 20)).toBe(false);
    expect(segment.parse(buf, 0, 20)).toBe(true);
  });
});

function aim(raw: Uint8Array, sequence: number, acknowledgement: number): void {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  view.setUint32(4, sequence >>> 0);
  view.setUint32(8, acknowledgement >>> 0);
  raw[12] = Math.min(raw[12]! & 0xf0, (raw.length >> 2) << 4) | 0;
  if (raw[12]! < 0x50) raw[12] = 0x50;
}

function prepare(host: TestHost, state: string): void {
  if (state === 'listen') {
    host.listen();
    return;
  }
  const connection = host.connect();
  if (state === 'syn-sent') return;
  const out = new TcpSegmentOut();
  out.sequence = 5000;
  out.acknowledgement = 1001;
  out.flags = 0x12;
  out.window = 60000;
  out.mssBytes = 1000;
  out.sackPermitted = true;
  const buf = new Uint8Array(out.headerBytes);
  out.write(buf, 0, 80, 1);
  host.deliver(buf, 0, buf.length);
  connection.write(new Uint8Array(2500), 0, 2500);
  if (state === 'closing') connection.close();
}
