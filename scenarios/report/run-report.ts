import { DROP_REASON_TEXT } from '../../core/packet/drop-reason-text.ts';
import { parseCsv } from '../sweep/csv.ts';
import { markup, type Html } from './html.ts';
import { page, svgFigure, table, type Section } from './page.ts';
import { countText, secondsText } from './quantities.ts';
import { readNeeded, type ReadFile } from './read-files.ts';
import type { RunSummary } from './run-summary.ts';

/** What is known of the scenario that was run. */
export interface RunSubject {
  readonly description: string;
  /** SVG; null: not drawn. */
  readonly topology: string | null;
  /** Why it is not. */
  readonly topologyNote: string;
}

/** The report of a run: a document that needs no other file. */
export function runReport(read: ReadFile, summary: RunSummary, subject: RunSubject): string {
  const sections: (Section | null)[] = [
    outcome(summary),
    topology(subject),
    steps(summary),
    drops(summary),
    tooLong(summary),
    processors(summary),
    captures(summary),
    interfaces(readNeeded(read, 'metrics.csv')),
    { title: 'Transcript', body: markup`<pre>${readNeeded(read, 'transcript.txt')}</pre>` },
  ];
  return page(
    summary.name,
    subject.description,
    sections.filter((section) => section !== null),
  );
}

function outcome({ failed, notes, seed, engine, cost, simulatedNs, events, packets }: RunSummary): Section {
  const verdict =
    failed.length === 0
      ? markup`<p class="good">Every expectation held.</p>`
      : markup`<p class="bad">${failed.length} expectation${failed.length === 1 ? '' : 's'} failed.</p>`;
  const failures = failed.map(
    ({ position, step, what, expected, actual }) =>
      markup`<h3><code>${step}</code></h3>
        <p>${position}: ${what}</p>
        ${table(['Expected', 'Actual'], [[markup`<pre>${expected}</pre>`, markup`<pre>${actual}</pre>`]])} `,
  );
  const facts = table(
    ['Seed', 'Docker', 'Cost', { number: 'Simulated' }, { number: 'Events' }, { number: 'Packets' }],
    [[seed, engine, cost, secondsText(simulatedNs), countText(events), countText(packets.created)]],
  );
  const said =
    notes.length === 0
      ? null
      : markup`<ul>
          ${notes.map((note) => markup`<li>${note}</li>`)}
        </ul>`;
  return { title: 'Outcome', body: markup`${verdict} ${failures}${facts} ${said}` };
}

function topology({ topology: svg, topologyNote }: RunSubject): Section {
  const body =
    svg === null ? markup`<p class="dim">${topologyNote}</p>` : svgFigure(svg, 'The topology', 'light');
  return { title: 'Topology', body };
}

function steps({ steps: all }: RunSummary): Section | null {
  if (all.length === 0) return null;
  const rows = all.map(({ step, startedNs, tookNs, exitCode }) => [
    markup`<code>${step}</code>`,
    secondsText(startedNs),
    secondsText(tookNs),
    exitCode === 0 ? exitCode : markup`<span class="bad">${exitCode}</span>`,
  ]);
  const columns = ['Command', { number: 'Started' }, { number: 'Took' }, { number: 'Exit code' }];
  return { title: 'Commands', body: table(columns, rows) };
}

function drops({ drops: byHost }: RunSummary): Section {
  const rows = Object.entries(byHost).flatMap(([host, reasons]) =>
    Object.entries(reasons).map(([reason, count]) => [
      host,
      markup`<code>${reason}</code>`,
      countText(count),
      meaning(reason),
    ]),
  );
  const body =
    rows.length === 0
      ? markup`<p>No packet was dropped.</p>`
      : markup`<p class="dim">Not every drop is a fault: frames are flooded to ports that do not want them. <code>dockwire why</code> tells of each.</p>
${table(['Host', 'Reason', { number: 'Packets' }, 'Dropped because'], rows)}`;
  return { title: 'Drops', body };
}

function meaning(reason: string): Html {
  const text = Object.hasOwn(DROP_REASON_TEXT, reason) ? DROP_REASON_TEXT[reason]! : '';
  return markup`${text.split('`').map((part, index) => (index % 2 === 1 ? markup`<code>${part}</code>` : part))}`;
}

function tooLong({ mtu }: RunSummary): Section | null {
  if (mtu.length === 0) return null;
  const rows = mtu.map(
    ({ device, outcome: what, packets, mtu: limit, shortest, longest, layers, largestInner }) => [
      device,
      what,
      countText(packets),
      limit,
      shortest === longest ? shortest : `${shortest} to ${longest}`,
      layers.map(({ name, bytes }) => `${name} ${bytes}`).join(', '),
      largestInner ?? '',
    ],
  );
  const columns = [
    ...['Interface', 'Packets were', { number: 'Packets' }, { number: 'MTU' }, { number: 'Bytes' }],
    ...['Layers of the first', { number: 'Largest inner packet that fits' }],
  ];
  return { title: 'Packets too long for an MTU', body: table(columns, rows) };
}

function processors({ cpu, simulatedNs }: RunSummary): Section | null {
  if (cpu === undefined) return null;
  const rows = Object.entries(cpu.hosts).flatMap(([host, { busyNs, stages }]) => [
    [markup`<strong>${host}</strong>`, '', countText(busyNs), percent(busyNs, simulatedNs)],
    ...Object.entries(stages).map(([stage, { count, ns }]) => [
      stage,
      countText(count),
      countText(ns),
      percent(ns, busyNs),
    ]),
  ]);
  const columns = [
    'Host, stage',
    { number: 'Passed' },
    { number: 'ns' },
    { number: 'Of the time, of the host' },
  ];
  return {
    title: 'Processors',
    body: markup`<p>Profile ${cpu.profile}. ${cpu.description}</p>
      ${table(columns, rows)}`,
  };
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '' : `${((100 * part) / whole).toFixed(2)} %`;
}

function captures({ captures: all }: RunSummary): Section | null {
  if (all.length === 0) return null;
  const rows = all.map(({ file, packets }) => [markup`<code>captures/${file}</code>`, countText(packets)]);
  return { title: 'Captures', body: table(['File', { number: 'Packets' }], rows) };
}

/** Interfaces that nothing passed are left out, and said to be. */
function interfaces(metrics: string): Section {
  const [head = [], ...lines] = parseCsv(metrics);
  const busy = lines.filter((cells) => cells.slice(3).some((cell) => cell !== '0'));
  const columns = head.map((name, index) => (index < 3 ? name : { number: name.replace('_', ' ') }));
  const rows = busy.map((cells) => cells.map((cell, index) => (index < 3 ? cell : countText(Number(cell)))));
  const idle = lines.length - busy.length;
  const left = idle === 0 ? null : markup`<p class="dim">${idle} more saw no packet.</p>`;
  return { title: 'Interfaces', body: markup`${table(columns, rows)} ${left}` };
}
