import type { Process } from '../../core/host/process.ts';
import type { Program } from '../../core/host/program.ts';
import { parseArguments, type ParsedArguments } from '../arguments.ts';
import { chomp, complain, CANNOT_OPEN, openOperand } from './operands.ts';

/** `cut -f list [-d delimiter] [-s]`, `cut -c list`, `cut -b list`; characters and bytes are one for ASCII. */
export const cut: Program = function* (proc) {
  const args = parseArguments(proc, {
    short: 'f:d:c:b:s',
    long: {
      fields: 'f',
      delimiter: 'd',
      characters: 'c',
      bytes: 'b',
      'only-delimited': 's',
      'output-delimiter': ':',
      complement: '',
    },
  });
  if (args === null) return 1;
  const list = args.value('f') ?? args.value('c') ?? args.value('b');
  if (list === undefined) return complain(proc, 'you must specify a list of bytes, characters, or fields');
  const ranges = parseList(list);
  if (ranges === null) return complain(proc, `invalid field value '${list}'`);
  if ((args.value('d') ?? '\t').length !== 1)
    return complain(proc, 'the delimiter must be a single character');
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
      printSelection(proc, args, chomp(line), ranges);
    }
  }
  return status;
};

type Range = readonly [number, number];

function parseList(list: string): Range[] | null {
  const ranges: Range[] = [];
  for (const item of list.split(',')) {
    const match = /^(\d+)?(-)?(\d+)?$/.exec(item);
    if (match === null || (match[1] === undefined && match[3] === undefined)) return null;
    const first = Number(match[1] ?? 1);
    const last = match[2] === undefined ? first : Number(match[3] ?? Infinity);
    if (first < 1 || last < first) return null;
    ranges.push([first, last]);
  }
  return ranges;
}

function printSelection(proc: Process, args: ParsedArguments, line: string, ranges: readonly Range[]): void {
  const delimiter = args.value('d') ?? '\t';
  const selected = (index: number) =>
    ranges.some(([first, last]) => index + 1 >= first && index + 1 <= last) !== args.has('complement');
  if (!args.has('f')) {
    proc.print(`${[...line].filter((_, index) => selected(index)).join('')}\n`);
  } else if (line.includes(delimiter)) {
    const fields = line.split(delimiter).filter((_, index) => selected(index));
    proc.print(`${fields.join(args.value('output-delimiter') ?? delimiter)}\n`);
  } else if (!args.has('s')) proc.print(`${line}\n`);
}
