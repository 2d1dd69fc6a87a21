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
