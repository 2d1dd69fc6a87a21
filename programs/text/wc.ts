import type { Program } from '../../core/host/program.ts';
import { utf8Length } from './utf8.ts';
import { parseArguments } from '../arguments.ts';
import { openOperand } from './operands.ts';

/** `wc [-lwcmL] [file…]` */
export const wc: Program = function* (proc) {
  const args = parseArguments(proc, {
    short: 'lwcmL',
    long: { lines: 'l', words: 'w', bytes: 'c', chars: 'm', 'max-line-length': 'L' },
  });
  if (args === null) return 1;
  const columns = ['l', 'w', 'm', 'c', 'L'].filter((column) =>
    args.options.length === 0 ? 'lwc'.includes(column) : args.has(column),
  );
  const rows: { counts: number[]; name: string }[] = [];
  let status = 0;
  for (const file of args.operands.length === 0 ? ['-'] : args.operands) {
    const input = openOperand(proc, file);
    if (input === null) {
      status = 1;
      continue;
    }
    const text = yield* input.readToEnd(proc);
    rows.push({
      counts: columns.map((column) => count(text, column)),
      name: args.operands.length === 0 ? '' : file,
    });
  }
  if (args.operands.length > 1) {
    const totals = columns.map((_, i) => rows.reduce((sum, { counts }) => sum + counts[i]!, 0));
    rows.push({ counts: totals, name: 'total' });
  }
  const widest = Math.max(1, ...rows.flatMap(({ counts }) => counts.map((each) => String(each).length)));
  const busybox = proc.context.userland === 'busybox';
  const fromStandardInput = args.operands.length === 0;
  const single = columns.length === 1 && rows.length === 1;
  const width = single ? 0 : busybox ? 9 : fromStandardInput ? 7 : widest;
  for (const { counts, name } of rows) {
    const text = counts.map((each) => String(each).padStart(width)).join(busybox && !single ? '' : ' ');
    proc.print(`${text}${name === '' ? '' : ` ${name}`}\n`);
  }
  return status;
};

function count(text: string, column: string): number {
  switch (column) {
    case 'l':
      return text.split('\n').length - 1;
    case 'w':
      return text.split(/\s+/).filter((word) => word !== '').length;
    case 'm':
      return [...text].length;
    case 'c':
      return utf8Length(text);
    default:
      return Math.max(...text.split('\n').map((line) => line.length));
  }
}
