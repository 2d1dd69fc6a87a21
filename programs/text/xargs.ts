import type { Program } from '../../core/host/program.ts';
import { EMPTY_INPUT } from '../../core/host/streams.ts';
import { parseArguments } from '../arguments.ts';
import { spawnByName } from '../child-process.ts';
import { LineInput } from '../line-input.ts';
import { complain, linesOf } from './operands.ts';

/** `xargs [-n count] [-I text] [-r] [-t] [-0] [-d delimiter] [command args…]`. Commands run one at a time. */
export const xargs: Program = function* (proc) {
  const args = parseArguments(proc, {
    short: '+n:I:i:rt0d:L:',
    long: { 'no-run-if-empty': 'r', null: '0', 'max-args': 'n' },
  });
  if (args === null) return 1;
  const command = args.operands.length === 0 ? ['echo'] : args.operands;
  const text = yield* LineInput.on(proc.stdin).readToEnd(proc);
  const placeholder = args.value('I');
  const delimiter = args.has('0') ? '\0' : args.value('d')?.replace('\\n', '\n').replace('\\t', '\t');
  const items =
    placeholder !== undefined
      ? nonEmptyLines(text)
      : delimiter !== undefined
        ? split(text, delimiter)
        : words(text);
  if (items === null)
    return complain(
      proc,
      'unmatched quote; by default quotes are special to xargs unless you use the -0 option',
    );
  const commands: string[][] = [];
  if (placeholder !== undefined) {
    for (const item of items) commands.push(command.map((word) => word.replaceAll(placeholder, item)));
  } else {
    const size = Number(args.value('n') ?? args.value('L') ?? Infinity);
    for (let i = 0; i < items.length; i += size) commands.push([...command, ...items.slice(i, i + size)]);
    if (items.length === 0 && !args.has('r')) commands.push([...command]);
  }
  let status = 0;
  for (const words of commands) {
    if (args.has('t')) proc.printError(`${words.join(' ')}\n`);
    const child = spawnByName(proc, words, { stdin: EMPTY_INPUT, stdout: proc.stdout, stderr: proc.stderr });
    if (child === null) return complain(proc, `${words[0]}: No such file or directory`, 127);
    const code = yield* proc.waitFor(child);
    if (code === 255) return complain(proc, `${words[0]}: exited with status 255; aborting`, 124);
    if (code !== 0) status = 123;
  }
  return status;
};

function nonEmptyLines(text: string): string[] {
  return linesOf(text)
    .map((line) => line.trimStart())
    .filter((line) => line !== '');
}

function split(text: string, delimiter: string): string[] {
  const items = text.split(delimiter);
  if (items.at(-1) === '') items.pop();
  return items;
}

/** Words at blanks and newlines, with quotes and backslashes; null when a quote stays open. */
function words(text: string): string[] | null {
  const found: string[] = [];
  const pattern = /\s*((?:"[^"\n]*"|'[^'\n]*'|\\[^]|[^\s"'\\])+)/gy;
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    found.push(
      match[1]!.replace(/"([^"\n]*)"|'([^'\n]*)'|\\([^])/g, (_whole, a, b, c) => (a ?? b ?? c) as string),
    );
    end = match.index + match[0].length;
  }
  return text.slice(end).trim() === '' ? found : null;
}
