import type { Program } from '../../core/host/program.ts';
import { parseArguments } from '../arguments.ts';
import { CANNOT_OPEN, openOperand } from './operands.ts';

/** `cat [-n] [-A|-E|-T] [file…]` */
export const cat: Program = function* (proc) {
  const args = parseArguments(proc, { short: 'nuAET' });
  if (args === null) return 1;
  let number = 0;
  let status = 0;
  for (const file of args.operands.length === 0 ? ['-'] : args.operands) {
    const input = openOperand(proc, file, CANNOT_OPEN);
    if (input === null) {
      status = 1;
      continue;
    }
    for (;;) {
      const line = yield* input.nextLine(proc);
      if (line === null) break;
      const shown = args.has('A') || args.has('E') ? line.replace(/\n$/, '$\n') : line;
      const tabs = args.has('A') || args.has('T') ? shown.replace(/\t/g, '^I') : shown;
      proc.print(args.has('n') ? `${String(++number).padStart(6)}\t${tabs}` : tabs);
    }
  }
  return status;
};
