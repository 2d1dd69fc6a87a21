import type { Program } from '../../core/host/program.ts';
import { parseArguments } from '../arguments.ts';
import { CANNOT_OPEN, linesOf, readOperands } from './operands.ts';

/** `uniq [-cdui] [file]` */
export const uniq: Program = function* (proc) {
  const args = parseArguments(proc, {
    short: 'cdui',
    long: { count: 'c', repeated: 'd', unique: 'u', 'ignore-case': 'i' },
  });
  if (args === null) return 1;
  const { text, failed } = yield* readOperands(proc, args.operands.slice(0, 1), CANNOT_OPEN);
  if (failed) return 1;
  const groups: { line: string; count: number }[] = [];
  const key = (line: string) => (args.has('i') ? line.toLowerCase() : line);
  for (const line of linesOf(text)) {
    const last = groups.at(-1);
    if (last !== undefined && key(last.line) === key(line)) last.count++;
    else groups.push({ line, count: 1 });
  }
  for (const { line, count } of groups) {
    if ((args.has('d') && count === 1) || (args.has('u') && count > 1)) continue;
    proc.print(args.has('c') ? `${String(count).padStart(7)} ${line}\n` : `${line}\n`);
  }
  return 0;
};
