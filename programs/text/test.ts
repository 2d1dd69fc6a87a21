import type { Program } from '../../core/host/program.ts';
import { toolName } from '../arguments.ts';
import { fileTester, workingDirectory } from '../files.ts';
import { evaluateTest, TestError } from '../shell/test-expression.ts';
import { complain } from './operands.ts';

/** `test` and `[`. */
export const test: Program = function* (proc) {
  const bracket = toolName(proc) === '[';
  if (bracket && proc.argv.at(-1) !== ']') return complain(proc, 'missing ]', 2);
  const args = bracket ? proc.argv.slice(1, -1) : proc.argv.slice(1);
  try {
    return evaluateTest(args, fileTester(proc.context.fileSystem, workingDirectory(proc))) ? 0 : 1;
  } catch (error) {
    if (error instanceof TestError) return complain(proc, error.message, 2);
    throw error;
  }
};
