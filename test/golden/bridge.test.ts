import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  compareCaptures,
  describeDifferences,
  replay,
  type CaptureComparison,
  type GoldenRun,
} from './golden.ts';

/** Folders whose every capture must agree, TCP's timing aside; and the share in order that is seen today. */
const FOLDERS: readonly { name: string; file?: string; only?: string; inOrderAtLeast: number }[] = [
  { name: '01-bridge-default', inOrderAtLeast: 0.97 },
  { name: '02-bridge-user', inOrderAtLeast: 0.85 },
  // A reply overtakes an ACK on another processor there, which shifts the numbering of IP ids after it.
  { name: '03-nat-out', inOrderAtLeast: 0.87 },
  { name: '05-modes', inOrderAtLeast: 1 },
];

describe.each(FOLDERS)('recording $name $only', ({ name, file, only, inOrderAtLeast }) => {
  let run: GoldenRun;
  let captures: CaptureComparison[];

  beforeAll(async () => {
    run = await replay(name, file);
    captures = compareCaptures(name, run, only);
  });
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

/**
 * Folders that agree in part: what differs is when neighbours were probed, how programs cut their streams, and the
 * copies that a bridge in promiscuous mode makes of a container's calls to itself. No less may agree than does.
 */
const PARTIAL: readonly { name: string; agreeing: number; of: number }[] = [
  { name: '04-publish-proxyon', agreeing: 447, of: 479 },
];

test.each(PARTIAL)(
  'recording $name: $agreeing of $of agree, TCP timing aside',
  async ({ name, agreeing, of }) => {
    const run = await replay(name);
    try {
      const captures = compareCaptures(name, run);
      expect(captures.filter(({ missing }) => missing)).toEqual([]);
      const total = captures.reduce((sum, { coarseTotal }) => sum + coarseTotal, 0);
      const same = captures.reduce((sum, { coarse }) => sum + coarse, 0);
      expect(total).toBeLessThanOrEqual(of);
      expect(same).toBeGreaterThanOrEqual(agreeing);
    } finally {
      run.dispose();
    }
  },
);
