import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REPLAY_OK, REPLAY_REPEATED, REPLAY_TOO_OLD, ReplayState } from '../../core/xfrm/replay-state.ts';

const HIGH = 0x1_0000_0000;

describe('the anti-replay window', () => {
  it('takes each number once, and none that is older than itself', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 8, 32, 33, 64, 100, 128),
        fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 300 }),
        (size, numbers) => {
          const window = new ReplayState(size, false);
          const seen = new Set<number>();
          let highest = 0;
          for (const number of numbers) {
            const fits = number > 0 && number > highest - size && !seen.has(number);
            expect([number, window.check(number) === REPLAY_OK]).toEqual([number, fits]);
            if (!fits) continue;
            window.advance(number);
            seen.add(number);
            highest = Math.max(highest, number);
          }
        },
      ),
    );
  });

  it('says why, and shows its bits with the newest first', () => {
    const window = new ReplayState(32, false);
    for (const number of [1, 2, 3, 40, 38]) window.advance(number);
    expect(window.check(40)).toBe(REPLAY_REPEATED);
    expect(window.check(8)).toBe(REPLAY_TOO_OLD);
    expect(window.check(9)).toBe(REPLAY_OK);
    expect(window.bitmap()).toEqual([0b101]);
  });

  it('of size 0 takes everything', () => {
    const window = new ReplayState(0, false);
    window.advance(5);
    expect(window.check(5)).toBe(REPLAY_OK);
    expect(window.incoming).toBe(0);
  });
});

describe('extended sequence numbers', () => {
  it('give the low half back its high half on either side of the wrap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: -2000, max: 2000 }),
        fc.integer({ min: -63, max: 5000 }),
        (turn, offset, step) => {
          const window = new ReplayState(64, true);
          const top = turn * HIGH + offset;
          window.advance(top);
          const next = top + step;
          expect(window.whole(next % HIGH)).toBe(next);
        },
      ),
    );
  });

  it('are sent past 2^32, where others end', () => {
    const plain = new ReplayState(0, false);
    plain.outgoing = HIGH - 2;
    expect([plain.takeOutgoing(), plain.takeOutgoing(), plain.outgoing]).toEqual([HIGH - 1, -1, HIGH - 1]);
    const wrapping = new ReplayState(0, false, true);
    wrapping.outgoing = HIGH - 1;
    expect(wrapping.takeOutgoing()).toBe(0);
    const extended = new ReplayState(64, true);
    extended.outgoing = HIGH - 1;
    expect(extended.takeOutgoing()).toBe(HIGH);
  });
});
