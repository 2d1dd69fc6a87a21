import type { Parameter } from '../parameter.ts';
import type { SweepPlan } from '../plan-sweep.ts';
import type { SweepRun } from '../run-sweep.ts';
import type { PointSummary } from '../summarise-points.ts';
import { axisOf } from './axis-values.ts';
import type { Chart, ChartPanel, ChartPoint } from './chart.ts';

/** Which parameters are drawn how, by their index in the plan. */
interface Roles {
  readonly x: number;
  readonly series: number | null;
  readonly panels: readonly number[];
}

/**
 * The chart of a measure: the parameter with the most numbers along the x axis, the next as series, a panel for each combination
 * of the others. Null when nothing is varied or the measure was never found.
 */
export function chartOf(
  plan: SweepPlan,
  points: readonly PointSummary[],
  runs: readonly SweepRun[],
  measure: number,
): Chart | null {
  const roles = rolesOf(plan.parameters);
  if (roles === null || points.every(({ statistics }) => statistics[measure]!.n === 0)) return null;
  const x = plan.parameters[roles.x]!;
  const series = roles.series === null ? null : plan.parameters[roles.series]!;
  const panels = new Map<string, ChartPoint[]>();
  for (const [index, { values, statistics }] of points.entries()) {
    const title = roles.panels.map((each) => `${plan.parameters[each]!.name} = ${values[each]}`).join(', ');
    const panel = panels.get(title) ?? [];
    panels.set(title, panel);
    const { mean, ci95Low: low, ci95High: high } = statistics[measure]!;
    if (mean === null) continue;
    panel.push({
      x: x.values.indexOf(values[roles.x]!),
      series: series === null ? 0 : series.values.indexOf(values[roles.series!]!),
      mean,
      low,
      high,
      runs: runs
        .filter((run) => run.point === index)
        .map((run) => run.values[measure]!)
        .filter((value) => value !== null),
    });
  }
  return {
    title: plan.measures[measure]!.name,
    caption: captionOf(plan),
    xLabel: x.name,
    x: axisOf(x.values),
    seriesLabel: series?.name ?? '',
    series: series?.values ?? [''],
    panels: [...panels].map(([title, chartPoints]): ChartPanel => ({ title, points: chartPoints })),
  };
}

function rolesOf(parameters: readonly Parameter[]): Roles | null {
  const varied = parameters
    .map(({ values }, index) => ({ index, count: values.length, kind: axisOf(values).kind }))
    .filter(({ count }) => count > 1);
  if (varied.length === 0) return null;
  const numeric = varied.filter(({ kind }) => kind === 'numbers');
  const x = (numeric.length > 0 ? numeric : varied).reduce((best, each) =>
    each.count > best.count ? each : best,
  );
  const [series, ...panels] = varied.filter((each) => each !== x).map(({ index }) => index);
  return { x: x.index, series: series ?? null, panels };
}

function captionOf({ parameters, seeds }: SweepPlan): string {
  const fixed = parameters.filter(({ values }) => values.length === 1);
  const where = fixed.map(({ name, values }) => `${name} = ${values[0]}; `).join('');
  if (seeds.length === 1) return `${where}one run at each point, seed ${seeds[0]}`;
  const isRange = seeds.every((seed, index) => seed === seeds[0]! + index);
  const which = isRange ? `${seeds[0]} to ${seeds.at(-1)}` : seeds.join(', ');
  return `${where}mean with 95 % confidence interval of ${seeds.length} runs, seeds ${which}; dots are runs`;
}
