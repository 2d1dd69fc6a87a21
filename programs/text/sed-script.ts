import { compileRegularExpression, RegularExpressionError } from './regular-expression.ts';

/** A script that sed does not understand, or that uses what is not modelled. */
export class SedError extends Error {}

export type Address =
  | { kind: 'line'; number: number }
  | { kind: 'last' }
  | { kind: 'match'; expression: RegExp }
  | { kind: 'step'; first: number; step: number };

export interface SedCommand {
  from: Address | null;
  to: Address | { kind: 'count'; lines: number } | null;
  negated: boolean;
  name: string;
  /** Of `s`. */
  expression: RegExp | null;
  replacement: string;
  global: boolean;
  /** Replaces the n-th match and, with `global`, those after it. */
  occurrence: number;
  prints: boolean;
  /** Text of a, i and c; the two sets of `y`, a newline between them; the exit code of q. */
  text: string;
  /** Of `{`. */
  body: SedCommand[];
  /** For a range: the line it ends at, -1 while it is not begun, Infinity while its end is looked for. */
  activeUntil: number;
}

const TEXT_COMMANDS = 'aic';
const PLAIN_COMMANDS = 'dpPnNhHgGx=lq';

/** Parses a script; throws `SedError`. */
export function parseSed(script: string, extended: boolean): SedCommand[] {
  return new SedParser(script, extended).parse();
}

class SedParser {
  private readonly text: string;
  private readonly extended: boolean;
  private position = 0;
  private lastExpression: RegExp | null = null;

  constructor(text: string, extended: boolean) {
    this.text = text;
    this.extended = extended;
  }

  parse(): SedCommand[] {
    const commands = this.parseUntil('');
    if (this.position < this.text.length) throw new SedError("unexpected `}'");
    return commands;
  }

  private parseUntil(end: '' | '}', depth = 0): SedCommand[] {
    if (depth > 40) throw new SedError('blocks nest too deeply');
    const commands: SedCommand[] = [];
    for (;;) {
      this.skip(/[\s;]+/y);
      if (this.skip(/#[^\n]*/y) !== null) continue;
      if (this.position >= this.text.length) {
        if (end === '}') throw new SedError("unmatched `{'");
        return commands;
      }
      if (this.text[this.position] === '}') {
        if (end === '}') this.position++;
        return commands;
      }
      commands.push(this.parseCommand(depth));
    }
  }

  private parseCommand(depth: number): SedCommand {
    const from = this.parseAddress();
    let to: SedCommand['to'] = null;
    if (from !== null && this.skip(/\s*,\s*/y) !== null) {
      const count = this.skip(/\+\d+/y);
      to = count === null ? this.parseAddress() : { kind: 'count', lines: Number(count.slice(1)) };
      if (to === null) throw new SedError("unexpected `,'");
    }
    this.skip(/\s+/y);
    const negated = this.skip(/!\s*/y) !== null;
    const name = this.text[this.position++] ?? '';
    const command: SedCommand = {
      from,
      to,
      negated,
      name,
      expression: null,
      replacement: '',
      global: false,
      occurrence: 1,
      prints: false,
      text: '',
      body: [],
      activeUntil: -1,
    };
    this.parseArguments(command, depth);
    return command;
  }

  private parseArguments(command: SedCommand, depth: number): void {
    const { name } = command;
    if (name === '') throw new SedError('missing command');
    if (name === '{') command.body = this.parseUntil('}', depth + 1);
    else if (name === 's') this.parseSubstitution(command);
    else if (name === 'y') this.parseTransliteration(command);
    else if (TEXT_COMMANDS.includes(name)) {
      this.skip(/\s*\\?\n?/y);
      const text = this.skip(/(?:[^\\\n]|\\[^])+/y) ?? '';
      if (text === '') throw new SedError("expected \\ after `a', `c' or `i'");
      command.text = text.replace(/\\([^])/g, '$1');
    } else if (PLAIN_COMMANDS.includes(name)) {
      if (name === 'q') command.text = this.skip(/\s*\d+/y)?.trim() ?? '';
      this.skip(/[ \t]+/y);
      if (!/[;}\n#]|^$/.test(this.text[this.position] ?? ''))
        throw new SedError('extra characters after command');
    } else if (/[bt:TrRwWeFzQD]/.test(name)) throw new SedError(`the command \`${name}' is not modelled`);
    else throw new SedError(`unknown command: \`${name}'`);
  }

  private parseAddress(): Address | null {
    const number = this.skip(/\d+/y);
    if (number !== null) {
      const step = this.skip(/~\d+/y);
      if (step === null) return { kind: 'line', number: Number(number) };
      return { kind: 'step', first: Number(number), step: Number(step.slice(1)) };
    }
    const character = this.text[this.position];
    if (character === '$') {
      this.position++;
      return { kind: 'last' };
    }
    if (character !== '/' && character !== '\\') return null;
    this.position += character === '\\' ? 2 : 1;
    const pattern = this.delimited(this.text[this.position - 1]!);
    const ignoresCase = this.skip(/I/y) !== null;
    return { kind: 'match', expression: this.compile(pattern, ignoresCase ? 'i' : '') };
  }

  private parseSubstitution(command: SedCommand): void {
    const delimiter = this.text[this.position++];
    if (delimiter === undefined || delimiter === '\n' || delimiter === '\\')
      throw new SedError("unterminated `s' command");
    const pattern = this.delimited(delimiter);
    command.replacement = this.delimited(delimiter);
    let flags = 'g';
    for (;;) {
      const flag = this.skip(/\d+|[gpiI]/y);
      if (flag === null) break;
      if (flag === 'g') command.global = true;
      else if (flag === 'p') command.prints = true;
      else if (flag === 'i' || flag === 'I') flags = 'gi';
      else command.occurrence = Number(flag);
    }
    if (!/[\s;}#]|^$/.test(this.text[this.position] ?? '')) throw new SedError("unknown option to `s'");
    command.expression = this.compile(pattern, flags);
  }

  private parseTransliteration(command: SedCommand): void {
    const delimiter = this.text[this.position++] ?? '/';
    const from = this.delimited(delimiter);
    const to = this.delimited(delimiter);
    if (from.length !== to.length) throw new SedError("strings for `y' command are different lengths");
    command.text = `${from}\n${to}`;
  }

  private compile(pattern: string, flags: string): RegExp {
    if (pattern === '') {
      if (this.lastExpression === null) throw new SedError('no previous regular expression');
      return this.lastExpression;
    }
    try {
      this.lastExpression = compileRegularExpression(pattern, this.extended, flags);
      return this.lastExpression;
    } catch (error) {
      if (error instanceof RegularExpressionError) throw new SedError(error.message);
      throw error;
    }
  }

  /** The text up to the next delimiter that is not escaped, which may stand in a bracket. */
  private delimited(delimiter: string): string {
    let text = '';
    for (;;) {
      const character = this.text[this.position++];
      if (character === undefined) throw new SedError("unterminated `s' command or address");
      if (character === delimiter) return text;
      if (character !== '\\') {
        text += character;
        continue;
      }
      const next = this.text[this.position++] ?? '';
      if (next === delimiter) text += next;
      else text += next === 'n' ? '\n' : next === 't' ? '\t' : `\\${next}`;
    }
  }

  private skip(expression: RegExp): string | null {
    expression.lastIndex = this.position;
    const match = expression.exec(this.text);
    if (match === null) return null;
    this.position += match[0].length;
    return match[0];
  }
}
