/**
 * A chart as SVG without a document to build it in: d3 gives scales, ticks and paths, this file the elements around them.
 * Colours are attributes, so that every program shows them; a style sheet replaces them where the viewer wants a dark page.
 */
import { scaleLinear, scaleLog, scalePoint } from 'd3-scale';
import { line, symbol, symbolsFill } from 'd3-shape';
import type { AxisValues } from './axis-values.ts';
import type { Chart, ChartPanel, ChartPoint } from './chart.ts';
import { attributes, escapeXml } from './xml.ts';

const PANEL = { width: 460, height: 300, left: 70, right: 20, top: 34, bottom: 56 };
const HEAD_HEIGHT = 56;
const LEGEND_WIDTH = 190;
const COLUMNS = 2;
/** A logarithmic axis from this ratio of its ends on. */
const LOG_RATIO = 50;
/** About what a digit takes, in pixels. */
const CHARACTER_WIDTH = 7;
const LONGEST_LABEL = 26;

const INK = '#333333';
const GRID = '#dddddd';
const PAPER = '#ffffff';
/** Okabe and Ito's colours, told apart by colour-blind eyes too. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

const DARK = `@media (prefers-color-scheme: dark) { .paper { fill: #1b1b1f } text.ink { fill: #dddddd } line.ink { stroke: #dddddd } .grid { stroke: #3a3a40 } }`;

interface Scales {
  readonly x: (index: number) => number;
  readonly xTicks: readonly { readonly at: number; readonly label: string }[];
  readonly y: (value: number) => number;
  readonly yTicks: readonly { readonly at: number; readonly label: string }[];
}

/** Draws a chart. The same chart gives the same bytes. */
export function drawChart(chart: Chart): string {
  const columns = Math.min(COLUMNS, chart.panels.length);
  const rows = Math.ceil(chart.panels.length / columns);
  const hasLegend = chart.series.length > 1;
  const width = columns * PANEL.width + (hasLegend ? LEGEND_WIDTH : 0);
  const height = HEAD_HEIGHT + rows * PANEL.height;
  const scales = scalesOf(chart);
  const panels = chart.panels.map((panel, index) => {
    const [x, y] = [
      (index % columns) * PANEL.width,
      HEAD_HEIGHT + Math.floor(index / columns) * PANEL.height,
    ];
    return `<g transform="translate(${x},${y})">\n${drawPanel(chart, panel, scales)}\n</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="Helvetica, Arial, sans-serif" font-size="12" role="img">`,
    `<title>${escapeXml(chart.title)}</title>`,
    `<style>${DARK}</style>`,
    `<rect class="paper" width="${width}" height="${height}" fill="${PAPER}"/>`,
    text(PANEL.left, 22, chart.title, { 'font-size': 15, 'font-weight': 'bold' }),
    text(PANEL.left, 42, chart.caption, { 'font-size': 11 }),
    ...panels,
    ...(hasLegend ? [drawLegend(chart, columns * PANEL.width)] : []),
    '</svg>\n',
  ].join('\n');
}

function scalesOf({ x, panels }: Chart): Scales {
  const values = panels.flatMap(({ points }) => points.flatMap(extentOf));
  const bottom = PANEL.height - PANEL.bottom;
  const y = scaleLinear()
    .domain([Math.min(0, ...values), Math.max(...values, Number.MIN_VALUE)])
    .nice()
    .range([bottom, PANEL.top]);
  const top = Math.max(...y.domain().map(Math.abs));
  const format = y.tickFormat(6, top >= 1e4 ? '~s' : undefined);
  return {
    ...xScale(x),
    y: (value) => round(y(value)),
    yTicks: y.ticks(6).map((value) => ({ at: round(y(value)), label: format(value) })),
  };
}

function extentOf({ mean, low, high, runs }: ChartPoint): number[] {
  return [mean, low ?? mean, high ?? mean, ...runs];
}

function xScale(values: AxisValues): Pick<Scales, 'x' | 'xTicks'> {
  const range: [number, number] = [PANEL.left + 16, PANEL.width - PANEL.right - 16];
  if (values.kind === 'names') {
    const places = scalePoint<number>(values.names.keys(), range).padding(0.5);
    const x = (index: number) => round(places(index)!);
    return { x, xTicks: values.names.map((label, index) => ({ at: x(index), label })) };
  }
  const { numbers } = values;
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const scale =
    low > 0 && high / low >= LOG_RATIO ? scaleLog([low, high], range) : scaleLinear([low, high], range);
  const x = (index: number) => round(scale(numbers[index]!));
  return { x, xTicks: apart(numbers.map((value, index) => ({ at: x(index), label: numberLabel(value) }))) };
}

/** Labels that would lie over the one before them are left out. */
function apart(ticks: readonly { at: number; label: string }[]): { at: number; label: string }[] {
  let free = -Infinity;
  return ticks
    .toSorted((a, b) => a.at - b.at)
    .map((tick) => {
      const half = (tick.label.length * CHARACTER_WIDTH) / 2;
      if (tick.at - half < free) return { ...tick, label: '' };
      free = tick.at + half + CHARACTER_WIDTH;
      return tick;
    });
}

function numberLabel(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function drawPanel(chart: Chart, panel: ChartPanel, scales: Scales): string {
  const { xLabel, x } = chart;
  const [right, bottom] = [PANEL.width - PANEL.right, PANEL.height - PANEL.bottom];
  const label = x.kind === 'numbers' && x.unit !== '' ? `${xLabel}, ${x.unit}` : xLabel;
  const grid = scales.yTicks.flatMap(({ at, label: tick }) => [
    `<line class="grid" x1="${PANEL.left}" x2="${right}" y1="${at}" y2="${at}" stroke="${GRID}"/>`,
    text(PANEL.left - 8, at + 4, tick, { 'text-anchor': 'end' }),
  ]);
  const xTicks = scales.xTicks.flatMap(({ at, label: tick }) => [
    `<line class="ink" x1="${at}" x2="${at}" y1="${bottom}" y2="${bottom + 5}" stroke="${INK}"/>`,
    ...(tick === '' ? [] : [text(at, bottom + 19, shorten(tick), { 'text-anchor': 'middle' })]),
  ]);
  return [
    ...(panel.title === '' ? [] : [text(PANEL.left, PANEL.top - 12, panel.title, { 'font-weight': 'bold' })]),
    ...grid,
    `<line class="ink" x1="${PANEL.left}" x2="${right}" y1="${bottom}" y2="${bottom}" stroke="${INK}"/>`,
    ...xTicks,
    text((PANEL.left + right) / 2, bottom + 42, label, { 'text-anchor': 'middle' }),
    ...chart.series.map((_, series) => drawSeries(chart, panel, series, scales)),
  ].join('\n');
}

function drawSeries(chart: Chart, { points }: ChartPanel, series: number, { x, y }: Scales): string {
  const colour = COLOURS[series % COLOURS.length]!;
  const own = points.filter((point) => point.series === series).toSorted((a, b) => x(a.x) - x(b.x));
  const path = line<ChartPoint>(
    (point) => x(point.x),
    (point) => y(point.mean),
  )(own);
  const joined = chart.x.kind === 'numbers' && own.length > 1;
  return [
    ...(joined ? [`<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>`] : []),
    ...own.flatMap((point) => drawPoint(point, series, colour, x(point.x), y)),
  ].join('\n');
}

function drawPoint(
  { mean, low, high, runs }: ChartPoint,
  series: number,
  colour: string,
  at: number,
  y: (value: number) => number,
): string[] {
  const dots = runs.length < 2 ? [] : runs;
  const bar =
    low === null || high === null
      ? []
      : [
          `<path d="M${at},${y(low)}V${y(high)}M${at - 5},${y(low)}h10M${at - 5},${y(high)}h10" stroke="${colour}" stroke-width="1.5"/>`,
        ];
  return [
    ...dots.map(
      (value) => `<circle cx="${at}" cy="${y(value)}" r="2" fill="${colour}" fill-opacity="0.35"/>`,
    ),
    ...bar,
    `<g transform="translate(${at},${y(mean)})">${marker(series, colour)}</g>`,
  ];
}

function marker(series: number, colour: string): string {
  return `<path d="${symbol(symbolsFill[series % symbolsFill.length]!, 45).digits(2)()}" fill="${colour}"/>`;
}

function drawLegend({ series, seriesLabel }: Chart, left: number): string {
  return [
    text(left, HEAD_HEIGHT + 20, shorten(seriesLabel), { 'font-weight': 'bold' }),
    ...series.flatMap((name, index) => {
      const y = HEAD_HEIGHT + 42 + index * 20;
      return [
        `<g transform="translate(${left + 6},${y - 4})">${marker(index, COLOURS[index % COLOURS.length]!)}</g>`,
        text(left + 20, y, shorten(name)),
      ];
    }),
  ].join('\n');
}

function text(x: number, y: number, content: string, more: Record<string, string | number> = {}): string {
  return `<text${attributes({ class: 'ink', x, y, fill: INK, ...more })}>${escapeXml(content)}</text>`;
}

function shorten(label: string): string {
  return label.length > LONGEST_LABEL ? `${label.slice(0, LONGEST_LABEL - 1)}…` : label;
}

function round(value: number): number {
  return Number(value.toFixed(2));
}
