import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printPacket } from '../../programs/tcpdump/print/print-packet.ts';
import { DEFAULT_PRINT_OPTIONS, type PrintOptions } from '../../programs/tcpdump/print/print-options.ts';
import { PrinterState } from '../../programs/tcpdump/print/printer-state.ts';
import { recorded, recordedNames } from './recorded-files.ts';

/** Options by the names of the files with tcpdump 4.99.3's own output. */
const MODES: Record<string, Partial<PrintOptions>> = {
  plain: { timestamp: 'none' },
  link: { timestamp: 'delta', linkHeader: true },
  verbose: { timestamp: 'date', verbose: 2 },
  'quiet-hex': { timestamp: 'none', quiet: true, hex: 'X' },
};

function printAll(name: string, options: PrintOptions): string {
  const state = new PrinterState();
  return recorded(name)
    .packets.map(
      (p) => `${printPacket(p.timeNs, p.buf, p.offset, p.length, options, state, p.originalLength)}\n`,
    )
    .join('');
}

describe('printPacket', () => {
  for (const name of recordedNames()) {
    for (const [mode, options] of Object.entries(MODES)) {
      const file = join(import.meta.dirname, 'expected', name.replace('.pcap', `.${mode}.txt`));
      if (!existsSync(file)) continue;
      it(`prints ${name} as tcpdump does (${mode})`, () => {
        expect(printAll(name, { ...DEFAULT_PRINT_OPTIONS, ...options })).toBe(readFileSync(file, 'utf8'));
      });
    }
  }

  it('stops where the capture stops', () => {
    const [packet] = recorded('dns-client.pcap').packets.filter((p) => p.buf[p.offset + 23] === 17);
    const print = (length: number): string =>
      printPacket(
        0,
        packet!.buf,
        packet!.offset,
        length,
        { ...DEFAULT_PRINT_OPTIONS, timestamp: 'none' },
        new PrinterState(),
        packet!.originalLength,
      );
    expect(print(13)).toBe(' [|ether]');
    expect(print(30)).toBe('IP  [|ip]');
    expect(print(36)).toMatch(/^IP [\d.]+ > [\d.]+: {2}\[\|udp\]$/);
    expect(print(50)).toMatch(/ \[\|domain\]$/);
  });

  it('never throws, whatever the bytes and the options', () => {
    const seeds = recordedNames().flatMap((name) => recorded(name).packets.slice(0, 12));
    const optionSets: PrintOptions[] = [0, 1, 2, 3].map((verbose) => ({
      ...DEFAULT_PRINT_OPTIONS,
      verbose,
      linkHeader: verbose === 1,
      hex: verbose === 3 ? 'XX' : 'none',
    }));
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 6 }),
        fc.nat(200),
        fc.constantFrom(...optionSets),
        (seed, changes, cut, options) => {
          const bytes = seed.buf.slice(seed.offset, seed.offset + Math.min(seed.length, cut));
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          expect(typeof printPacket(1, bytes, 0, bytes.length, options)).toBe('string');
        },
      ),
      { numRuns: 5000 },
    );
    const any = fc.property(fc.uint8Array({ maxLength: 150 }), (bytes) => {
      for (const options of optionSets) printPacket(0, bytes, 0, bytes.length, options);
    });
    fc.assert(any, { numRuns: 500 });
  });
});
