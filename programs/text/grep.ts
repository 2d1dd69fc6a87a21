import type { Process } from '../../core/host/process.ts';
import type { Program } from '../../core/host/program.ts';
import { parseArguments, toolName, type ParsedArguments } from '../arguments.ts';
import type { LineInput, Run } from '../line-input.ts';
import { escapeRegExp } from '../shell/pattern.ts';
import { chomp, complain, openOperand } from './operands.ts';
import { compileRegularExpression, RegularExpressionError } from './regular-expression.ts';

const LONG = {
  'extended-regexp': 'E',
  'fixed-strings': 'F',
  'invert-match': 'v',
  'ignore-case': 'i',
  count: 'c',
  'only-matching': 'o',
  quiet: 'q',
  silent: 'q',
  'line-number': 'n',
  'word-regexp': 'w',
  'line-regexp': 'x',
  'files-with-matches': 'l',
  'no-messages': 's',
  'no-filename': 'h',
  'with-filename': 'H',
  'after-context': 'A',
  'before-context': 'B',
  context: 'C',
  regexp: 'e',
  'max-count': 'm',
};

/** `grep [-EFGPvicoqnwxlshH] [-e pattern] [-m n] [-A n] [-B n] [-C n] [pattern] [file…]`. Not modelled: -r. */
export const grep: Program = function* (proc) {
  const args = parseArguments(proc, {
    short: 'EFGPvicoqnwxlshHe:A:B:C:m:',
    long: { ...LONG, color: '' },
    usage: "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n",
  });
  if (args === null) return 2;
  const patterns = args.values('e').flatMap((text) => text.split('\n'));
  const files = [...args.operands];
  if (patterns.length === 0) {
    if (files.length === 0) return complain(proc, 'no pattern given', 2);
    patterns.push(...files.shift()!.split('\n'));
  }
  let search: RegExp;
  try {
    search = compile(patterns, args, toolName(proc));
  } catch (error) {
    if (error instanceof RegularExpressionError) return complain(proc, error.message, 2);
    throw error;
  }
  const named = (files.length > 1 || args.has('H')) && !args.has('h');
  let matched = false;
  let failed = false;
  for (const file of files.length === 0 ? ['-'] : files) {
    const input = openOperand(proc, file);
    if (input === null) {
      failed = true;
      continue;
    }
    const name = file === '-' ? '(standard input)' : file;
    const count = yield* new Search(proc, args, search, named ? name : null).run(input);
    matched ||= count > 0;
    if (matched && args.has('q')) return 0;
    const prefix = named ? `${name}:` : '';
    if (args.has('l')) proc.print(count > 0 ? `${name}\n` : '');
    else if (args.has('c')) proc.print(`${prefix}${count}\n`);
  }
  if (failed) return 2;
  return matched ? 0 : 1;
};

function compile(patterns: readonly string[], args: ParsedArguments, tool: string): RegExp {
  const extended = args.has('E') || args.has('P') || tool === 'egrep';
  const fixed = args.has('F') || tool === 'fgrep';
  const sources = patterns.map((pattern) => {
    if (fixed) return escapeRegExp(pattern);
    if (args.has('P')) return perlSource(pattern);
    return compileRegularExpression(pattern, extended, '').source;
  });
  let source = sources.map((each) => (each === '(?:)' ? '' : each)).join('|');
  if (args.has('w')) source = `(?<!\\w)(?:${source})(?!\\w)`;
  if (args.has('x')) source = `^(?:${source})$`;
  return new RegExp(source, args.has('i') ? 'gi' : 'g');
}

/** Perl's expressions are near enough to JavaScript's. */
function perlSource(pattern: string): string {
  try {
    return new RegExp(pattern).source;
  } catch {
    throw new RegularExpressionError('invalid Perl expression');
  }
}

/** The search of one input. */
class Search {
  private readonly proc: Process;
  private readonly args: ParsedArguments;
  private readonly expression: RegExp;
  private readonly name: string | null;
  private readonly after: number;
  private readonly before: number;
  private readonly limit: number;

  constructor(proc: Process, args: ParsedArguments, expression: RegExp, name: string | null) {
    this.proc = proc;
    this.args = args;
    this.expression = expression;
    this.name = name;
    const context = args.value('C') ?? '0';
    this.after = Number(args.value('A') ?? context);
    this.before = Number(args.value('B') ?? context);
    this.limit = Number(args.value('m') ?? Infinity);
  }

  /** Prints the lines that match and returns how many did. */
  *run(input: LineInput): Run<number> {
    const { args } = this;
    const silent = args.has('q') || args.has('c') || args.has('l');
    let count = 0;
    let number = 0;
    let trailing = 0;
    let lastPrinted = 0;
    let held: string[] = [];
    for (;;) {
      if (count >= this.limit && trailing === 0) return count;
      const line = yield* input.nextLine(this.proc);
      if (line === null) return count;
      number++;
      const text = chomp(line);
      this.expression.lastIndex = 0;
      const hit = this.expression.test(text) !== args.has('v') && count < this.limit;
      if (hit) count++;
      if (hit && (args.has('q') || args.has('l'))) return count;
      if (silent) continue;
      if (hit) {
        const first = number - held.length;
        if (this.after + this.before > 0 && lastPrinted > 0 && first > lastPrinted + 1)
          this.proc.print('--\n');
        for (const [index, each] of held.entries()) this.printLine(each, first + index, '-');
        held = [];
        this.printMatch(text, number);
        trailing = this.after;
        lastPrinted = number;
      } else if (trailing > 0) {
        trailing--;
        this.printLine(text, number, '-');
        lastPrinted = number;
      } else if (this.before > 0) {
        held.push(text);
        if (held.length > this.before) held.shift();
      }
    }
  }

  private printMatch(text: string, number: number): void {
    if (!this.args.has('o')) {
      this.printLine(text, number, ':');
      return;
    }
    if (this.args.has('v')) return;
    this.expression.lastIndex = 0;
    for (const match of text.matchAll(this.expression)) {
      if (match[0] !== '') this.printLine(match[0], number, ':');
    }
  }

  private printLine(text: string, number: number, separator: string): void {
    if (this.args.has('o') && separator === '-') return;
    const name = this.name === null ? '' : this.name + separator;
    this.proc.print(`${name}${this.args.has('n') ? `${number}${separator}` : ''}${text}\n`);
  }
}
