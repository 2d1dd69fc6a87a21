import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  compareCaptures,
  describeDifferences,
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
