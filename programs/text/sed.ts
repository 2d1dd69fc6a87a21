import type { Program } from '../../core/host/program.ts';
import { parseArguments } from '../arguments.ts';
import { absolutePath } from '../files.ts';
import { complain, linesOf, openOperand, type OpenComplaint } from './operands.ts';
import { parseSed, SedError, type Address, type SedCommand } from './sed-script.ts';

const CANNOT_READ: OpenComplaint = (file, reason, userland) =>
  userland === 'busybox' ? `${file}: ${reason}` : `can't read ${file}: ${reason}`;

/**
 * `sed [-n] [-E|-r] [-i] [-e script]… [script] [file…]`: s y p d q n N P h H g G x = a i c and blocks, with line,
 * `$`, pattern, step and range addresses. The whole input is read before any is edited. Not modelled: D, labels and
 * branches, reading and writing files.
 */
export const sed: Program = function* (proc) {
  const args = parseArguments(proc, {
    short: 'nErie:s',
    long: { quiet: 'n', silent: 'n', 'regexp-extended': 'E', 'in-place': 'i', expression: 'e' },
    usage: 'Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n',
  });
  if (args === null) return 1;
  const files = [...args.operands];
  const scripts = args.values('e');
  if (scripts.length === 0) {
    if (files.length === 0) return complain(proc, 'no script given');
    scripts.push(files.shift()!);
  }
  const parse = () => parseSed(scripts.join('\n'), args.has('E') || args.has('r'));
  const inPlace = args.has('i');
  const texts: { path: string; text: string }[] = [];
  let status = 0;
  let commands: SedCommand[];
  try {
    commands = parse();
  } catch (error) {
    if (!(error instanceof SedError)) throw error;
    return complain(proc, `-e expression #1: ${error.message}`);
  }
  for (const file of files.length === 0 ? ['-'] : files) {
    const input = openOperand(proc, file, CANNOT_READ);
    if (input === null) status = proc.context.userland === 'busybox' ? 1 : 2;
    else texts.push({ path: absolutePath(proc, file), text: yield* input.readToEnd(proc) });
  }
  if (!inPlace) {
    const run = new SedRun(texts.map(({ text }) => text).join(''), args.has('n'));
    proc.print(run.execute(commands));
    return run.exitCode || status;
  }
  for (const { path, text } of texts) {
    proc.context.fileSystem.writeText(path, new SedRun(text, args.has('n')).execute(parse()));
  }
  return status;
};

/** What a command leads to besides the next one. */
type Outcome = 'next' | 'delete' | 'quit';

class SedRun {
  exitCode = 0;
  private readonly lines: string[];
  private readonly quiet: boolean;
  private readonly endsWithNewline: boolean;
  private index = 0;
  private pattern = '';
  private hold = '';
  private output = '';
  private appended = '';

  constructor(text: string, quiet: boolean) {
    this.lines = linesOf(text);
    this.quiet = quiet;
    this.endsWithNewline = text === '' || text.endsWith('\n');
  }

  execute(commands: readonly SedCommand[]): string {
    for (; this.index < this.lines.length; this.index++) {
      this.pattern = this.lines[this.index]!;
      const outcome = this.runAll(commands);
      if (outcome !== 'delete' && !this.quiet) this.write(this.pattern);
      this.output += this.appended;
      this.appended = '';
      if (outcome === 'quit') break;
    }
    const cut = !this.endsWithNewline && this.index >= this.lines.length && this.output.endsWith('\n');
    return cut ? this.output.slice(0, -1) : this.output;
  }

  private runAll(commands: readonly SedCommand[]): Outcome {
    for (const command of commands) {
      if (this.selected(command) === command.negated) continue;
      const outcome = command.name === '{' ? this.runAll(command.body) : this.run(command);
      if (outcome !== 'next') return outcome;
    }
    return 'next';
  }

  private run(command: SedCommand): Outcome {
    switch (command.name) {
      case 's':
        this.substitute(command);
        break;
      case 'y':
        this.transliterate(command);
        break;
      case 'p':
        this.write(this.pattern);
        break;
      case 'P':
        this.write(this.pattern.split('\n')[0]!);
        break;
      case '=':
        this.write(String(this.index + 1));
        break;
      case 'l':
        this.write(`${JSON.stringify(this.pattern).slice(1, -1).replace(/\\"/g, '"')}$`);
        break;
      case 'd':
        return 'delete';
      case 'q':
        this.exitCode = Number(command.text || 0);
        return 'quit';
      case 'n':
        return this.nextLine();
      case 'N':
        if (this.isLast) return 'quit';
        this.pattern += `\n${this.lines[++this.index]!}`;
        break;
      case 'a':
        this.appended += `${command.text}\n`;
        break;
      case 'i':
        this.write(command.text);
        break;
      case 'c':
        if (command.to === null || command.negated || command.activeUntil <= this.index + 1)
          this.write(command.text);
        return 'delete';
      default:
        this.holdCommand(command.name);
    }
    return 'next';
  }

  private holdCommand(name: string): void {
    const { pattern, hold } = this;
    if (name === 'h') this.hold = pattern;
    else if (name === 'H') this.hold = `${hold}\n${pattern}`;
    else if (name === 'g') this.pattern = hold;
    else if (name === 'G') this.pattern = `${pattern}\n${hold}`;
    else {
      this.pattern = hold;
      this.hold = pattern;
    }
  }

  private nextLine(): Outcome {
    if (this.isLast) return 'quit';
    if (!this.quiet) this.write(this.pattern);
    this.output += this.appended;
    this.appended = '';
    this.pattern = this.lines[++this.index]!;
    return 'next';
  }

  private get isLast(): boolean {
    return this.index >= this.lines.length - 1;
  }

  private write(text: string): void {
    this.output += `${text}\n`;
  }

  private substitute(command: SedCommand): void {
    let seen = 0;
    let replaced = false;
    this.pattern = this.pattern.replace(command.expression!, (...found: unknown[]) => {
      const match = found[0] as string;
      seen++;
      if (command.global ? seen < command.occurrence : seen !== command.occurrence) return match;
      replaced = true;
      const offset = found.findIndex((item) => typeof item === 'number');
      return fill(command.replacement, found.slice(0, offset) as (string | undefined)[]);
    });
    if (replaced && command.prints) this.write(this.pattern);
  }

  private transliterate(command: SedCommand): void {
    const [from, to] = command.text.split('\n') as [string, string];
    this.pattern = [...this.pattern]
      .map((each) => (from.includes(each) ? to[from.indexOf(each)]! : each))
      .join('');
  }

  private selected(command: SedCommand): boolean {
    const { from, to } = command;
    const line = this.index + 1;
    if (from === null) return true;
    if (to === null) return this.matches(from);
    if (command.activeUntil < 0) {
      if (!this.matches(from)) return false;
      command.activeUntil = this.rangeEnd(to, line);
      if (command.activeUntil <= line) command.activeUntil = -1;
      return true;
    }
    const ends =
      command.activeUntil === Infinity
        ? to.kind !== 'count' && this.matches(to)
        : line >= command.activeUntil;
    const past = command.activeUntil !== Infinity && line > command.activeUntil;
    if (ends || past) command.activeUntil = -1;
    return !past || this.matches(from);
  }

  private rangeEnd(to: NonNullable<SedCommand['to']>, line: number): number {
    if (to.kind === 'line') return to.number;
    if (to.kind === 'count') return line + to.lines;
    return Infinity;
  }

  private matches(address: Address): boolean {
    const line = this.index + 1;
    switch (address.kind) {
      case 'line':
        return line === address.number;
      case 'last':
        return this.isLast;
      case 'step':
        if (address.step === 0) return line === address.first;
        return line >= address.first && (line - address.first) % address.step === 0;
      case 'match':
        address.expression.lastIndex = 0;
        return address.expression.test(this.pattern);
    }
  }
}

/** Puts the match in for `&` and groups for `\1`…; `\n` is a newline; `\U`, `\L` and `\E` change case. */
function fill(replacement: string, groups: readonly (string | undefined)[]): string {
  let result = '';
  let change = (text: string) => text;
  for (const token of replacement.match(/\\[^]|&|[^\\&]+/g) ?? []) {
    if (token === '&') result += change(groups[0] ?? '');
    else if (/^\\\d$/.test(token)) result += change(groups[Number(token[1])] ?? '');
    else if (token === '\\U') change = (text) => text.toUpperCase();
    else if (token === '\\L') change = (text) => text.toLowerCase();
    else if (token === '\\E') change = (text) => text;
    else result += change(token.startsWith('\\') ? token.slice(1) : token);
  }
  return result;
}
