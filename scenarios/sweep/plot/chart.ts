import type { AxisValues } from './axis-values.ts';

/** What is drawn of one measure. */
export interface Chart {
  readonly title: string;
  /** How many runs, which seeds, what the bars are. */
  readonly caption: string;
  readonly xLabel: string;
  readonly x: AxisValues;
  /** Names the series; '' when there is one. */
  readonly seriesLabel: string;
  readonly series: readonly string[];
  readonly panels: readonly ChartPanel[];
}

/** One of several small charts with the same axes. */
export interface ChartPanel {
  /** '' when there is one. */
  readonly title: string;
  readonly points: readonly ChartPoint[];
}

export interface ChartPoint {
  /** Index into the values of the x axis. */
  readonly x: number;
  /** Index into the names of the series. */
  readonly series: number;
  readonly mean: number;
  /** Ends of the mean's interval; null: too few runs. */
  readonly low: number | null;
  readonly high: number | null;
  /** The measure in each run. */
  readonly runs: readonly number[];
}
