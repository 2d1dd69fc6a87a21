import type { Program } from '../../../core/host/program.ts';
import { parseArguments } from '../../arguments.ts';
import { interpretEscapes } from '../../shell/echo-text.ts';
import { chomp, complain, openOperand } from '../operands.ts';
import { AwkInterpreter } from './interpreter.ts';
import { parseAwk } from './parser.ts';
import { AwkError } from './syntax.ts';

/**
 * `awk [-F separator] [-v name=value] program [file…]`. Not modelled, and refused by name: functions of one's own,
 * getline, the redirection of print, records other than lines.
 */
export const awk: Program = function* (proc) {
  const args = parseArguments(proc, { short: '+F:v:f:' });
  if (args === null) return 2;
  if (args.has('f')) return complain(proc, 'programs in files (-f) are not modelled', 2);
  const [text, ...files] = args.operands;
  if (text === undefined) return complain(proc, 'usage: awk [-F fs][-v var=value] prog [file ...]', 2);
  try {
    const interpreter = new AwkInterpreter(parseAwk(text), (output) => proc.print(output));
    const separator = args.value('F');
    if (separator !== undefined)
      interpreter.assign('FS', separator === 't' ? '\t' : interpretEscapes(separator).result);
    for (const assignment of args.values('v')) {
      const equals = assignment.indexOf('=');
      if (equals < 1) return complain(proc, `invalid -v argument: ${assignment}`, 2);
      interpreter.assign(assignment.slice(0, equals), interpretEscapes(assignment.slice(equals + 1)).result);
    }
    let exited = interpreter.begin();
    let status = 0;
    for (const file of files.length === 0 ? ['-'] : files) {
      if (exited || !interpreter.readsInput) break;
      const assignment = /^([A-Za-z_]\w*)=([^]*)$/.exec(file);
      if (assignment !== null) {
        interpreter.assign(assignment[1]!, assignment[2]!);
        continue;
      }
      const input = openOperand(proc, file);
      if (input === null) {
        status = 2;
        continue;
      }
      while (!exited) {
        const line = yield* input.nextLine(proc);
        if (line === null) break;
        exited = interpreter.processRecord(chomp(line));
      }
    }
    interpreter.end();
    return interpreter.exitCode || status;
  } catch (error) {
    if (error instanceof AwkError) return complain(proc, error.message, 2);
    throw error;
  }
};
