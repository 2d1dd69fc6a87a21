import type { Program } from '../../core/host/program.ts';
import { parseArguments } from '../arguments.ts';
import { complain, linesOf, readOperands } from './operands.ts';

/** `column -t [-s separators] [file…]`: a table. Filling columns without -t is not modelled. */
export const column: Program = function* (proc) {
  const args = parseArguments(proc, {
    short: 'ts:o:',
    long: { table: 't', separator: 's', 'output-separator': 'o' },
  });
  if (args === null) return 1;
  if (!args.has('t')) return complain(proc, 'only tables (-t) are modelled');
  const { text, failed } = yield* readOperands(proc, args.operands);
  const separators = args.value('s');
  const rows = linesOf(text)
    .filter((line) => line.trim() !== '')
    .map((line) => (separators === undefined ? line.trim().split(/\s+/) : splitAtAny(line, separators)));
  const widths: number[] = [];
  for (const row of rows)
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  const gap = args.value('o') ?? '  ';
  for (const row of rows) {
    proc.print(
      `${row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i]!))).join(gap)}\n`,
    );
  }
  return failed ? 1 : 0;
};

function splitAtAny(line: string, separators: string): string[] {
  const fields = [''];
  for (const character of line) {
    if (separators.includes(character)) fields.push('');
    else fields[fields.length - 1] += character;
  }
  return fields;
}
