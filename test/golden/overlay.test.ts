import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decryptEsp } from '../capture/esp-decryption.ts';
import { hasWireshark } from '../capture/wireshark.ts';
import {
  compareCaptures,
  describeDifferences,
  outputOf,
  recordedText,
  replay,
  type CaptureComparison,
  type GoldenRun,
} from './golden.ts';

/** Recordings of two hosts; and the share in order that is seen today. */
const FOLDERS: readonly { name: string; inOrderAtLeast: number }[] = [
  { name: '07-overlay', inOrderAtLeast: 1 },
  { name: '08-overlay-encrypted', inOrderAtLeast: 1 },
];

describe.each(FOLDERS)('recording $name', ({ name, inOrderAtLeast }) => {
  let run: GoldenRun;
  let captures: CaptureComparison[];

  beforeAll(async () => {
    run = await replay(name);
    captures = compareCaptures(name, run);
  }, 120_000);
  afterAll(() => run?.dispose());

  test('every packet of the recording is there and no other', () => {
    expect(describeDifferences(captures)).toBe('');
    expect(captures.length).toBeGreaterThan(0);
  });

  test('nearly all of them in the order recorded', () => {
    const total = captures.reduce((sum, capture) => sum + Math.max(capture.reference, capture.trace), 0);
    const matched = captures.reduce((sum, capture) => sum + capture.inOrder, 0);
    expect(matched / total).toBeGreaterThanOrEqual(inOrderAtLeast);
  });
});

/** Lines of a text that match, with MACs, keys and SPIs drawn at random replaced, sorted. */
function lines(text: string, pattern: RegExp): string[] {
  return text
    .split('\n')
    .filter((line) => pattern.test(line))
    .map((line) =>
      line
        .replace(/^(?!02:42:0a|33:33|01:00)([0-9a-f]{2}:){5}[0-9a-f]{2}/, 'MAC')
        .replace(/spi 0x[0-9a-f]+/, 'spi SPI')
        .replace(/0x[0-9a-f]{40}/, 'KEY')
        .replace(/^\[\d+:\d+\] /, '')
        .trim(),
    )
    .sort();
}

test.skipIf(!hasWireshark)('tshark opens every ESP packet of the encrypted recording’s replay', async () => {
  const run = await replay('08-overlay-encrypted');
  try {
    const keys = readFileSync(join(run.folder, 'esp_sa'), 'utf8');
    let packets = 0;
    for (const name of readdirSync(join(run.folder, 'captures'))) {
      const found = decryptEsp(readFileSync(join(run.folder, 'captures', name)), keys);
      expect([name, ...found.closed]).toEqual([name]);
      packets += found.packets;
    }
    expect(packets).toBeGreaterThan(100);
  } finally {
    run.dispose();
  }
});

describe('state dumps', () => {
  let plain: GoldenRun;
  let encrypted: GoldenRun;

  beforeAll(async () => {
    plain = await replay('07-overlay');
    encrypted = await replay('08-overlay-encrypted');
  }, 120_000);
  afterAll(() => {
    plain?.dispose();
    encrypted?.dispose();
  });

  test('forwarding entries and neighbours of the overlay namespace after a ping', () => {
    const recorded = outputOf(recordedText('07-overlay', 'host1'), 'alpine1 ip neigh; nsenter');
    const replayed = outputOf(plain.result.transcript, 'alpine1 ip neigh; nsenter');
    for (const pattern of [/PERMANENT|REACHABLE/, /^[0-9a-f:]{17} dev/]) {
      expect(lines(replayed, pattern)).toEqual(lines(recorded, pattern));
    }
  });

  test.each(['host1', 'host2'])('associations, policies and rules of the encrypted overlay on %s', (host) => {
    const recorded = outputOf(recordedText('08-overlay-encrypted', host), 'ip xfrm state; ip xfrm policy');
    const replayed = outputOf(encrypted.result.transcript, `${host}$`, 'ip xfrm state; ip xfrm policy');
    for (const pattern of [
      /^src .* dst |^\s+(proto esp|replay-window|aead|anti-replay|sel|dir|mark|tmpl) /,
      /dport 4789/,
      /^[0-9a-f:]{17} dev/,
      /PERMANENT/,
      /^default|^10\.0\.2\.0/,
    ]) {
      const wanted = lines(recorded, pattern);
      expect(wanted.length).toBeGreaterThan(0);
      expect(lines(replayed, pattern)).toEqual(wanted);
    }
  });
});
