/** How docker's list commands print: as a table, through a template, or as JSON (docker/cli command/formatter). */
import type { Flags } from '../flags.ts';
import { alignTable } from './table-writer.ts';
import { goJson } from './go-json.ts';
import type { GoStruct } from './go-value.ts';
import { Template } from './template.ts';

export interface ListFormat {
  /** The template of the default table. */
  readonly table: string;
  /** The heading of each field. */
  readonly headers: Readonly<Record<string, string>>;
  /** What `-q` prints. */
  readonly quiet: string;
}

/** The output of a list command, as its flags `--format` and `--quiet` ask. Throws `TemplateError`. */
export function formatList(flags: Flags, list: ListFormat, unsorted: readonly GoStruct[]): string {
  const format = flags.string('format');
  const rows = unsorted.map(sortedRow);
  if (flags.bool('quiet') && format === '') return applyEach(list.quiet, rows);
  if (format === '' || format === 'table') return asTable(list.table, list, rows);
  if (format === 'json') return rows.map((row) => `${goJson(row)}\n`).join('');
  const unescaped = format.trim().replaceAll('\\t', '\t').replaceAll('\\n', '\n');
  if (unescaped.startsWith('table')) return asTable(unescaped.slice('table'.length).trim(), list, rows);
  return applyEach(unescaped, rows);
}

function asTable(template: string, list: ListFormat, rows: readonly GoStruct[]): string {
  const parsed = new Template(template);
  const heading = parsed.execute({ ...list.headers, Label: '' });
  const lines = rows.map((row) => parsed.execute(row));
  return alignTable([heading, ...lines].map((line) => `${line}\n`).join(''));
}

function applyEach(template: string, rows: readonly GoStruct[]): string {
  const parsed = new Template(template);
  return rows.map((row) => `${parsed.execute(row)}\n`).join('');
}

/** A row is made into JSON by way of a map, so its fields are sorted. */
function sortedRow(row: GoStruct): GoStruct {
  return Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
}
