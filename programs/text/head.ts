import type { Process } from '../../core/host/process.ts';
import type { Program } from '../../core/host/program.ts';
import { parseArguments } from '../arguments.ts';
import type { LineInput, Run } from '../line-input.ts';
import { complain, linesOf, openOperand, type OpenComplaint } from './operands.ts';

/** coreutils: `cannot open 'x' for reading: No such file or directory`. */
const FOR_READING: OpenComplaint = (file, reason, userland) =>
  userland === 'busybox' ? `${file}: ${reason}` : `cannot open '${file}' for reading: ${reason}`;

/** `head [-n lines] [-c bytes] [file…]`; `-n -2` is all but the last two. */
export const head: Program = function* (proc) {
  const args = parseArguments(proc, {
    short: 'n:c:q',
    long: { lines: 'n', bytes: 'c', quiet: 'q' },
    digits: true,
  });
  if (args === null) return 1;
  const lines = args.value('n') ?? args.value('digits') ?? '10';
  const bytes = args.value('c');
  const bad = [lines, bytes ?? '0'].find((count) => !/^[-+]?\d+$/.test(count));
  if (bad !== undefined) return complain(proc, `invalid number of lines: '${bad}'`);
  return yield* eachOperand(proc, args.operands, args.has('q'), (input) =>
    bytes !== undefined ? headBytes(proc, input, Number(bytes)) : headLines(proc, input, Number(lines)),
  );
};

function* headLines(proc: Process, input: LineInput, count: number): Run<void> {
  if (count < 0) {
    const lines = linesOf(yield* input.readToEnd(proc));
    proc.print(
      lines
        .slice(0, count)
        .map((line) => `${line}\n`)
        .join(''),
    );
    return;
  }
  for (let printed = 0; printed < count; printed++) {
    const line = yield* input.nextLine(proc);
    if (line === null) return;
    proc.print(line);
  }
}

/** Counts characters, which are bytes for ASCII. */
function* headBytes(proc: Process, input: LineInput, count: number): Run<void> {
  let left = count;
  while (left > 0) {
    const line = yield* input.nextLine(proc);
    if (line === null) return;
    proc.print(line.slice(0, left));
    left -= line.length;
  }
}

/** `tail [-n lines] [-c bytes] [file…]`; `-n +2` begins at line 2. Not modelled: -f. */
export const tail: Program = function* (proc) {
  const args = parseArguments(proc, {
    short: 'n:c:qfF',
    long: { lines: 'n', bytes: 'c', quiet: 'q', follow: 'f' },
    digits: true,
  });
  if (args === null) return 1;
  if (args.has('f') || args.has('F')) return complain(proc, 'following a file (-f) is not modelled');
  const lines = args.value('n') ?? args.value('digits') ?? '10';
  const bytes = args.value('c');
  const bad = [lines, bytes ?? '0'].find((count) => !/^[-+]?\d+$/.test(count));
  if (bad !== undefined) return complain(proc, `invalid number of lines: '${bad}'`);
  return yield* eachOperand(proc, args.operands, args.has('q'), function* (input) {
    const text = yield* input.readToEnd(proc);
    if (bytes !== undefined) proc.print(lastOf([...text], bytes).join(''));
    else proc.print(lastOf(text.match(/[^\n]*\n|[^\n]+$/g) ?? [], lines).join(''));
  });
};

function lastOf<T>(items: readonly T[], count: string): readonly T[] {
  if (count.startsWith('+')) return items.slice(Math.max(0, Number(count) - 1));
  const wanted = Math.abs(Number(count));
  return wanted === 0 ? [] : items.slice(-wanted);
}

/** Does something with each operand, with a heading when there are several. */
function* eachOperand(
  proc: Process,
  operands: readonly string[],
  quiet: boolean,
  body: (input: LineInput) => Run<void>,
): Run<number> {
  let status = 0;
  let first = true;
  for (const file of operands.length === 0 ? ['-'] : operands) {
    const input = openOperand(proc, file, FOR_READING);
    if (input === null) {
      status = 1;
      continue;
    }
    if (operands.length > 1 && !quiet) proc.print(`${first ? '' : '\n'}==> ${file} <==\n`);
    first = false;
    yield* body(input);
  }
  return status;
}
