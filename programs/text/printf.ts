import type { Program } from '../../core/host/program.ts';
import { PrintfError, printfText } from '../shell/printf-text.ts';
import { complain } from './operands.ts';

export const printf: Program = function* (proc) {
  const [format, ...args] = proc.argv.slice(1);
  if (format === undefined) return complain(proc, 'missing operand');
  try {
    const { text, errors } = printfText(format, args);
    proc.print(text);
    for (const error of errors) complain(proc, error);
    return errors.length > 0 ? 1 : 0;
  } catch (error) {
    if (error instanceof PrintfError) return complain(proc, error.message);
    throw error;
  }
};
