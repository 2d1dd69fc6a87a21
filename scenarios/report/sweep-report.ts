import { parseCsv } from '../sweep/csv.ts';
import { markup } from './html.ts';
import { page, svgFigure, table, type Column, type Section } from './page.ts';
import { countText, figureText } from './quantities.ts';
import { readNeeded, type ReadFile } from './read-files.ts';
import { shellWord } from '../shell-word.ts';
import type { SweepSummary } from './sweep-summary.ts';

/** The report of a sweep: a document that needs no other file. */
export function sweepReport(read: ReadFile, sweep: SweepSummary): string {
  const sections: (Section | null)[] = [
    study(sweep),
    results(sweep, parseCsv(readNeeded(read, 'summary.csv'))),
    plots(sweep, read),
    notOk(sweep),
    runs(parseCsv(readNeeded(read, 'runs.csv'))),
    { title: 'Scenario', body: markup`<pre>${sweep.scenario.text}</pre>` },
  ];
  return page(
    sweep.name,
    sweep.description,
    sections.filter((section) => section !== null),
  );
}

function study({
  parameters,
  seeds,
  measures,
  runs: { planned, ended },
  command,
  dockwire,
  set,
}: SweepSummary): Section {
  const isWhole = planned === ended;
  return {
    title: 'Study',
    body: markup`<p class="${isWhole ? 'good' : 'bad'}">
        ${countText(ended)} of ${countText(planned)} runs ended.
      </p>
      ${table(
        ['Parameter', 'Values'],
        [...parameters.map(({ name, values }) => [name, values.join(', ')]), ['seed', seeds.join(', ')]],
      )}
      ${table(
        ['Measure', 'Read from'],
        measures.map(({ name, source }) => [name, markup`<code>${source}</code>`]),
      )}
      ${set.length === 0 ? null : markup`<p>The same in all runs: <code>${set.join(', ')}</code></p>`}
      <pre>${command.map(shellWord).join(' ')}</pre>
      <p class="dim">Dockwire ${dockwire}</p>`,
  };
}

/** A line for each point, a column for each measure; summary.csv has a line for each of both. */
function results({ parameters, measures }: SweepSummary, [, ...lines]: readonly string[][]): Section {
  const points = new Map<string, { values: string[]; cells: string[] }>();
  for (const line of lines) {
    const values = line.slice(0, parameters.length);
    const key = JSON.stringify(values);
    const point = points.get(key) ?? { values, cells: [] };
    points.set(key, point);
    point.cells.push(meanText(line.slice(parameters.length + 1)));
  }
  const columns: Column[] = [
    ...parameters.map(({ name }) => name),
    ...measures.map(({ name }) => ({ number: name })),
  ];
  const rows = [...points.values()].map(({ values, cells }) => [...values, ...cells]);
  return {
    title: 'Results',
    body: markup`<p class="dim">Means, ± half of the 95 % confidence interval where there are several runs.</p>
      ${table(columns, rows)}`,
  };
}

/** Of the columns n, mean, sd, ci95_low, ci95_high, … */
function meanText([n, mean, , , high]: readonly string[]): string {
  if (n === '0' || mean === undefined || mean === '') return '-';
  const average = figureText(Number(mean));
  return high === undefined || high === ''
    ? average
    : `${average} ± ${figureText(Number(high) - Number(mean))}`;
}

function plots({ plots: files }: SweepSummary, read: ReadFile): Section | null {
  if (files.length === 0) return null;
  return {
    title: 'Plots',
    body: markup`${files.map((file) => svgFigure(readNeeded(read, file), file, 'own'))}`,
  };
}

function notOk({ runs: { notOk: all } }: SweepSummary): Section | null {
  if (all.length === 0) return null;
  const rows = all.map(({ run, status, failed, error }) => [run, status, error ?? failed.join('\n')]);
  return {
    title: 'Runs that were not ok',
    body: table([{ number: 'Run' }, 'Status', 'What happened'], rows),
  };
}

function runs([head = [], ...lines]: readonly string[][]): Section {
  return {
    title: 'Runs',
    body: markup`<details>
      <summary>All ${countText(lines.length)} runs</summary>
      ${table(head, lines)}
    </details>`,
  };
}
