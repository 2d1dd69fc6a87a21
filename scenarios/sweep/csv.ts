export type CsvCell = string | number | null;

/** Lines of comma separated values, as RFC 4180 has them but with a plain line feed. Null is an empty cell. */
export function toCsv(lines: readonly (readonly CsvCell[])[]): string {
  return lines.map((line) => `${line.map(cellText).join(',')}\n`).join('');
}

function cellText(cell: CsvCell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return numberText(cell);
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** What calculating left past the twelfth digit is not said. */
export function numberText(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(12)));
}

/** The cells of what toCsv writes. */
export function parseCsv(text: string): string[][] {
  const lines: string[][] = [];
  let line: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    line.push(quoted?.replaceAll('""', '"') ?? plain!);
    if (end === ',') continue;
    if (end !== '' || line.length > 1 || line[0] !== '') lines.push(line);
    line = [];
  }
  return lines;
}
