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
