const MIN_WIDTH = 10;
const PADDING = 3;

/**
 * Go's tabwriter as docker sets it up (minwidth 10, tabwidth 1, padding 3): cells end with tabs, and a column is as
 * wide as its widest cell. What stands after a line's last tab is no cell.
 */
export function alignTable(text: string, minWidth = MIN_WIDTH): string {
  const lines = text.split('\n').map((line) => line.split('\t'));
  const widths: number[][] = lines.map(() => []);
  const columns = Math.max(0, ...lines.map((cells) => cells.length - 1));
  for (let column = 0; column < columns; column++) alignColumn(lines, widths, column, minWidth);
  return lines
    .map((cells, row) =>
      cells.map((cell, i) => (i < cells.length - 1 ? cell.padEnd(widths[row]![i]!) : cell)).join(''),
    )
    .join('\n');
}

/** A column is a run of lines that all have a cell there. */
function alignColumn(
  lines: readonly (readonly string[])[],
  widths: number[][],
  column: number,
  minWidth: number,
): void {
  let start = 0;
  while (start < lines.length) {
    if (lines[start]!.length - 1 <= column) {
      start++;
      continue;
    }
    let end = start;
    let width = minWidth;
    while (end < lines.length && lines[end]!.length - 1 > column) {
      width = Math.max(width, [...lines[end]![column]!].length + PADDING);
      end++;
    }
    for (let row = start; row < end; row++) widths[row]![column] = width;
    start = end;
  }
}
