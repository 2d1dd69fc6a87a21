import { describe, expect, it } from 'vitest';
import { planSweep, tasksOf } from '../../scenarios/sweep/plan-sweep.ts';
import { axisOf } from '../../scenarios/sweep/plot/axis-values.ts';
import { chartOf } from '../../scenarios/sweep/plot/chart-of.ts';
import { drawChart } from '../../scenarios/sweep/plot/draw-chart.ts';
import type { SweepRun } from '../../scenarios/sweep/run-sweep.ts';
import { summarisePoints } from '../../scenarios/sweep/summarise-points.ts';
import { PAIR } from './pair.ts';

describe('values on an axis', () => {
  it.each([
    [['0', '0.5%', '2%'], [0, 0.5, 2], '%'],
    [['500us', '1ms', '10ms'], [0.5, 1, 10], 'ms'],
    [['10Mbit', '1Gbit'], [0.01, 1], 'Gbit'],
    [['1500', '9000'], [1500, 9000], ''],
  ])('%j are numbers', (values, numbers, unit) =>
    expect(axisOf(values)).toEqual({ kind: 'numbers', numbers, unit }),
  );

  it.each([[['ideal', 'linux']], [['1ms', '1Mbit']], [['20.10', '28.0.1']]])('%j are names', (values) =>
    expect(axisOf(values).kind).toBe('names'),
  );
});

/** A sweep whose measure is what `value` says for each run. */
function sweepOf(vary: string[], value: (point: number, seed: number) => number | null, set: string[] = []) {
  const plan = planSweep({ file: 'p', text: PAIR, vary, set, seeds: '2', measure: ['drops'] });
  const runs = tasksOf(plan).map(({ seed }, index): SweepRun => {
    const point = Math.floor(index / 2);
    return {
      number: index + 1,
      point,
      seed,
      values: [value(point, seed)],
      failed: [],
      error: null,
      isBug: false,
    };
  });
  return chartOf(plan, summarisePoints(plan, runs), runs, 0);
}

describe('a chart', () => {
  it('has the longest numeric parameter along x, the next as series, a panel for the rest', () => {
    const chart = sweepOf(
      ['cost=ideal,linux', 'links.wire.loss=0,1%', 'links.wire.delay=1ms,2ms,3ms'],
      (point, seed) => point * 10 + seed,
    )!;
    expect(chart).toMatchObject({
      xLabel: 'links.wire.delay',
      seriesLabel: 'cost',
      series: ['ideal', 'linux'],
    });
    expect(chart.panels.map(({ title }) => title)).toEqual(['links.wire.loss = 0', 'links.wire.loss = 1%']);
    // Point 7 is linux, 0, 2ms.
    expect(chart.panels[0]!.points.find(({ mean }) => mean === 71.5)).toMatchObject({
      x: 1,
      series: 1,
      runs: [71, 72],
    });
    const svg = drawChart(chart);
    expect(svg.match(/<circle /g)).toHaveLength(24);
    expect(svg).toBe(drawChart(chart));
  });

  it('leaves out what was not found, and is none when nothing was', () => {
    const chart = sweepOf(['links.wire.loss=0,1%'], (point) => (point === 0 ? null : 3))!;
    expect(chart.panels[0]!.points).toHaveLength(1);
    expect(drawChart(chart)).not.toContain('NaN');
    expect(sweepOf(['links.wire.loss=0,1%'], () => null)).toBeNull();
    expect(sweepOf([], () => 3)).toBeNull();
  });

  it('is drawn when all is zero', () => {
    const svg = drawChart(sweepOf(['links.wire.loss=0,1%'], () => 0)!);
    expect(svg).not.toMatch(/NaN|Infinity/);
  });

  it('shows names as text, whatever is in them', () => {
    const svg = drawChart(sweepOf(['x=<script>alert(1)</script>,"&"'], () => 1, ["description='{x}'"])!);
    expect(svg).toContain('&lt;script&gt;');
    expect(svg).not.toContain('<script');
  });
});
