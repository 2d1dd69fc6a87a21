import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FilterError } from '../../core/capture/filter/filter-error.ts';
import { compileFilter } from '../../core/capture/filter/packet-filter.ts';
import { recorded } from './recorded-files.ts';

/** How many packets of each recording tcpdump 4.99.3 with libpcap 1.10.3 finds to match, and what it refuses. */
const expected = JSON.parse(readFileSync(join(import.meta.dirname, 'filter-counts.json'), 'utf8')) as {
  files: string[];
  counts: Record<string, number[]>;
  refused: string[];
};
const recordings = expected.files.map((name) => recorded(name).packets);

function errorOf(text: string): FilterError {
  try {
    compileFilter(text);
  } catch (error) {
    if (error instanceof FilterError) return error;
    throw error;
  }
  throw new Error(`'${text}' was accepted`);
}

describe('compileFilter', () => {
  it.each(Object.keys(expected.counts))('%s', (text) => {
    const filter = compileFilter(text);
    const counts = recordings.map(
      (packets) => packets.filter((p) => filter.matches(p.buf, p.offset, p.length)).length,
    );
    expect(counts).toEqual(expected.counts[text]);
  });

  it.each(expected.refused)('refuses %s, as libpcap does', (text) => {
    expect(errorOf(text)).toBeInstanceOf(FilterError);
  });

  it.each([
    ['icmp and hots 10.0.0.1', 10, /'hots' is not a keyword/],
    ['host web1', 6, /host name 'web1' cannot be resolved/],
    ['host 10.0.0.0/8', 14, /write net/],
    ['tcp host 10.0.0.1', 10, /write tcp and host/],
    ['port 80-90', 6, /write portrange 80-90/],
    ['ip proto tcp', 10, /write proto \\tcp/],
    ['mpls', 1, /'mpls' is not supported \(MPLS is not modelled\)/],
    ['ip broadcast', 4, /'ip broadcast' is not supported/],
    ['tcp[13] & 2', 12, /compare the number/],
    ['ip protochain 6', 4, /'protochain' is not supported/],
    ['port 80 # web', 9, /unexpected character '#'/],
  ])('explains what is wrong with %s', (text, column, message) => {
    const error = errorOf(text);
    expect(error.column).toBe(column);
    expect(error.message).toMatch(message);
  });

  it('looks at nothing outside the frame', () => {
    const filter = compileFilter('ip[0] & 0xf0 = 0x40 or not ip');
    const frame = recorded('icmp-errors.pcap').packets.find((p) => p.buf[p.offset + 12] === 0x08)!;
    expect(filter.matches(frame.buf, frame.offset, 15)).toBe(true);
    expect(filter.matches(frame.buf, frame.offset, 14)).toBe(false);
    expect(filter.matches(frame.buf, frame.offset, 13)).toBe(false);
  });

  it('never throws on any bytes', () => {
    const filters = Object.keys(expected.counts).map(compileFilter);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.nat(20), (bytes, offset) => {
        const start = Math.min(offset, bytes.length);
        for (const filter of filters) filter.matches(bytes, start, bytes.length - start);
      }),
      { numRuns: 300 },
    );
  });

  it('throws nothing but FilterError on any text', () => {
    const words =
      'host net port src dst and or not ( ) [ ] tcp ip vlan 80 10.0.0.1 :: fe80::1/10 & = 0 1:2 \\arp -'.split(
        ' ',
      );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(fc.constantFrom(...words)).map((parts) => parts.join(' ')),
        ),
        (text) => {
          try {
            compileFilter(text).matches(new Uint8Array(60), 0, 60);
          } catch (error) {
            expect(error).toBeInstanceOf(FilterError);
          }
        },
      ),
      { numRuns: 3000 },
    );
    expect(errorOf('('.repeat(5000)).message).toMatch(/nested too deeply|expected/);
    expect(errorOf('not '.repeat(3000)).message).toMatch(/nested too deeply/);
  });
});
