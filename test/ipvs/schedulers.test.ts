import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hsiphash } from '../../core/ipvs/scheduler/siphash.ts';
import { formatIpv4 } from '../../protocols/ipv4-address.ts';
import { backend, run, serviceOf } from './lab.ts';

const CONNECTIONS = 100_000;

describe('rr', () => {
  it.each([3, 7, 50])('deals 100 000 connections to %i backends to within one', (count) => {
    const shares = serviceOf('rr', new Array<number>(count).fill(1)).spread(CONNECTIONS);
    expect(shares.size).toBe(count);
    for (const share of shares.values()) {
      expect(share).toBeGreaterThanOrEqual(Math.floor(CONNECTIONS / count));
      expect(share).toBeLessThanOrEqual(Math.ceil(CONNECTIONS / count));
    }
  });

  it.each([3, 7, 50])('one of %i that is killed takes its own connections along and no other', (count) => {
    const lab = serviceOf('rr', new Array<number>(count).fill(1));
    lab.ipvs.settings.expireNodestConn = 1;
    const held = lab.spread(CONNECTIONS).get(backend(1))!;
    run(lab.netns, `-d -f 256 -r ${backend(1)}`);
    const left = lab.ipvs.listConnections();
    expect(left).toHaveLength(CONNECTIONS - held);
    expect(left.some((connection) => formatIpv4(connection.real >>> 0) === backend(1))).toBe(false);
    // Those who come again are dealt to the others.
    const again = new Map<string, number>();
    for (let n = 0; n < held; n++) {
      const chosen = lab.connect(CONNECTIONS + n)!;
      again.set(chosen, (again.get(chosen) ?? 0) + 1);
    }
    expect(again.size).toBe(count - 1);
    const shares = [...again.values()];
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
  });

  it('begins with the destination added last and goes to older ones', () => {
    const lab = serviceOf('rr', [1, 1, 1]);
    const order = [0, 1, 2, 3, 4].map((n) => lab.connect(n));
    expect(order).toEqual([2, 1, 0, 2, 1].map(backend));
  });

  it('goes on from where it is when a destination comes', () => {
    const lab = serviceOf('rr', [1, 1]);
    expect(lab.connect(0)).toBe(backend(1));
    run(lab.netns, `-a -f 256 -r ${backend(2)} -m`);
    expect([1, 2, 3].map((n) => lab.connect(n))).toEqual([0, 2, 1].map(backend));
  });

  it('moves back by one when the destination it is at is deleted', () => {
    const lab = serviceOf('rr', [1, 1, 1]);
    lab.connect(0);
    expect(lab.connect(1)).toBe(backend(1));
    run(lab.netns, `-d -f 256 -r ${backend(1)}`);
    expect([2, 3, 4].map((n) => lab.connect(n))).toEqual([0, 2, 0].map(backend));
  });

  it('passes weight 0 by, and has no destination when all are', () => {
    const lab = serviceOf('rr', [1, 0, 1]);
    expect([0, 1, 2].map((n) => lab.connect(n))).toEqual([2, 0, 2].map(backend));
    run(lab.netns, `-e -f 256 -r ${backend(0)} -m -w 0`, `-e -f 256 -r ${backend(2)} -m -w 0`);
    expect(lab.connect(3)).toBeNull();
  });
});

describe('wrr', () => {
  it('deals to weights, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 8 }), (weights) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const lab = serviceOf('wrr', weights);
        if (total === 0) {
          expect(lab.connect(0)).toBeNull();
          return;
        }
        const shares = lab.spread(total * 10);
        weights.forEach((weight, i) => expect(shares.get(backend(i)) ?? 0).toBe(weight * 10));
      }),
      { numRuns: 50 },
    );
  });

  it('is exact over 100 000', () => {
    const shares = serviceOf('wrr', [5, 3, 2]).spread(CONNECTIONS);
    expect([0, 1, 2].map((i) => shares.get(backend(i)))).toEqual([50_000, 30_000, 20_000]);
  });

  it('interleaves as levels fall, from the level that it had when heavier ones came', () => {
    const lab = serviceOf('wrr', [1, 2, 4]);
    const order = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => lab.connect(n));
    expect(order).toEqual([2, 1, 0, 2, 2, 2, 1, 2, 1, 0].map(backend));
  });
});

describe('lc and wlc', () => {
  it('lc keeps counts equal as connections come', () => {
    const shares = serviceOf('lc', [1, 9, 1]).spread(300);
    expect([0, 1, 2].map((i) => shares.get(backend(i)))).toEqual([100, 100, 100]);
  });

  it('wlc keeps counts to weights', () => {
    const shares = serviceOf('wlc', [1, 2, 3]).spread(600);
    expect([0, 1, 2].map((i) => shares.get(backend(i)))).toEqual([100, 200, 300]);
  });
});

describe('hashing', () => {
  it.each(['sh', 'mh'])('%s gives a client the same destination again', (scheduler) => {
    const lab = serviceOf(scheduler, [1, 1, 1]);
    const first = lab.connect(0);
    expect(first).not.toBeNull();
    expect([1, 2, 3].map((n) => lab.connect(n))).toEqual([first, first, first]);
  });

  it('dh goes by the address asked for', () => {
    const lab = serviceOf('dh', [1, 1, 1]);
    expect(lab.connect(0)).toBe(lab.connect(120_000));
  });

  it('mh spreads clients and moves few when a destination goes', () => {
    const lab = serviceOf('mh', [1, 1, 1, 1]);
    const clients = Array.from({ length: 300 }, (_, i) => i * 60_000);
    const before = clients.map((n) => lab.connect(n));
    run(lab.netns, `-d -f 256 -r ${backend(0)}`);
    const after = clients.map((n) => lab.connect(n));
    const moved = clients.filter((_, i) => before[i] !== backend(0) && before[i] !== after[i]).length;
    const lost = before.filter((address) => address === backend(0)).length;
    expect(lost).toBeGreaterThan(30);
    expect(moved).toBeLessThan(40);
  });

  it('hsiphash depends on all of word and key', () => {
    expect(hsiphash(1, 2654435761n)).not.toBe(hsiphash(2, 2654435761n));
    expect(hsiphash(1, 2654435761n)).not.toBe(hsiphash(1, 2654446892n));
  });
});
