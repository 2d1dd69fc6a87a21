import { describe, expect, test } from 'vitest';
import { REPLAYS, runReplay } from './replays.ts';
import { sortLines } from './transcript.ts';

/** ss lists the sockets of a protocol in the order of a hash, padded to the widest: as a set, without the padding. */
function withSocketsSorted(lines: readonly string[]): string[] {
  const isSocket = (line: string) => /^(udp|tcp) .*users:/.test(line);
  const sockets = lines.filter(isSocket).map((line) => line.replace(/ +/g, ' '));
  return [...lines.filter((line) => !isSocket(line)), ...sockets.sort()];
}

describe.each(REPLAYS)('the transcript of $name', (recording) => {
  const { ignore, unordered, count } = recording;
  const { lab, commands } = runReplay(recording);

  test.each(commands)('$command', ({ command, expected, actual }) => {
    const anyOrder = unordered.some((pattern) => pattern.test(command));
    const prepare = (text: string) => {
      const kept = withSocketsSorted(text.split('\n').filter((line) => ignore?.test(line) !== true));
      return anyOrder ? sortLines(kept.join('\n')) : kept.join('\n');
    };
    expect(prepare(actual)).toBe(prepare(expected));
  });

  test('was compared as far as it goes', () => {
    expect(commands.length).toBe(count);
  });

  test('leaves no packet behind', () => {
    const { pool } = lab;
    expect(pool.freed).toBeGreaterThan(0);
    expect(pool.freed).toBeLessThanOrEqual(pool.allocated);
  });
});
