import { describe as group, expect, it } from 'vitest';
import { studentT } from '../../scenarios/sweep/student-t.ts';
import { describe } from '../../scenarios/sweep/summarise-points.ts';

group("Student's t", () => {
  // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2: columns 0.975, 0.95 and 0.995.
  it.each([
    [0.95, 1, 12.706],
    [0.95, 2, 4.303],
    [0.95, 3, 3.182],
    [0.95, 4, 2.776],
    [0.95, 9, 2.262],
    [0.95, 10, 2.228],
    [0.95, 29, 2.045],
    [0.95, 30, 2.042],
    [0.95, 100, 1.984],
    [0.9, 1, 6.314],
    [0.9, 5, 2.015],
    [0.99, 1, 63.657],
    [0.99, 9, 3.25],
    [0.99, 100, 2.626],
  ])('%d with %d degrees of freedom: %d', (confidence, degrees, t) =>
    expect(studentT(confidence, degrees)).toBeCloseTo(t, 3),
  );

  it('nears the normal distribution', () => expect(studentT(0.95, 9999)).toBeCloseTo(1.96, 3));
});

group('statistics of a point', () => {
  it('of eight values', () => {
    const { n, mean, sd, ci95Low, ci95High, median, min, max } = describe([9, 2, 4, 4, 4, 5, 5, 7]);
    expect({ n, mean, median, min, max }).toEqual({ n: 8, mean: 5, median: 4.5, min: 2, max: 9 });
    expect(sd).toBeCloseTo(Math.sqrt(32 / 7), 12);
    // 2.365 for 7 degrees of freedom.
    const half = (2.365 * Math.sqrt(32 / 7)) / Math.sqrt(8);
    expect(ci95Low).toBeCloseTo(5 - half, 3);
    expect(ci95High).toBeCloseTo(5 + half, 3);
  });

  it('one value has no deviation, none has nothing', () => {
    const none = { sd: null, ci95Low: null, ci95High: null };
    expect(describe([3])).toEqual({ n: 1, mean: 3, ...none, median: 3, min: 3, max: 3 });
    expect(describe([])).toEqual({ n: 0, mean: null, ...none, median: null, min: null, max: null });
  });
});
