import type { Run } from '../line-input.ts';
import { ArithmeticError, evaluateArithmetic } from './arithmetic.ts';
import type { List, ParameterExpansion, Word, WordPart } from './ast.ts';
import { expandBraces } from './brace-expansion.ts';
import { FieldBuilder } from './field-builder.ts';
import { expandPathname } from './pathname-expansion.ts';
import { patternSource, unescapePattern } from './pattern.ts';
import type { Shell } from './shell.ts';
import { ShellError } from './shell-state.ts';

/** Runs the commands of a substitution and gives what they print. */
export type Substitution = (script: List) => Run<string>;

/** Expands words (POSIX XCU 2.6). */
export class Expander {
  private readonly shell: Shell;
  private readonly substitute: Substitution;

  constructor(shell: Shell, substitute: Substitution) {
    this.shell = shell;
    this.substitute = substitute;
  }

  /** All fields of several words, with pathname expansion. */
  *expandFields(words: readonly Word[]): Run<string[]> {
    const { state, proc, dialect } = this.shell;
    const fields: string[] = [];
    for (const word of words) {
      for (const single of dialect.name === 'bash' ? expandBraces(word) : [word]) {
        const builder = new FieldBuilder(state.get('IFS') ?? ' \t\n');
        yield* this.addWord(builder, single);
        for (const pattern of builder.patterns()) {
          if (state.options.noglob) fields.push(unescapePattern(pattern));
          else fields.push(...expandPathname(pattern, proc.context.fileSystem, state.workingDirectory));
        }
      }
    }
    return fields;
  }

  /** One text, neither split nor matched with files: assignments, redirections. */
  *expandText(word: Word): Run<string> {
    return unescapePattern(yield* this.expandPattern(word));
  }

  /** One pattern, in which what was quoted is escaped: `case`, `${x%pattern}`. */
  *expandPattern(word: Word): Run<string> {
    const builder = new FieldBuilder('');
    yield* this.addWord(builder, word);
    return builder.patterns().join(' ');
  }

  private *addWord(builder: FieldBuilder, word: Word): Run<void> {
    for (const [index, part] of word.parts.entries()) {
      if (index === 0 && part.kind === 'literal' && !part.quoted) {
        const { home, rest } = this.tilde(part.text, word.parts.length === 1);
        if (home !== '') builder.add(home, true);
        builder.add(rest, false);
      } else yield* this.addPart(builder, part);
    }
  }

  private *addPart(builder: FieldBuilder, part: WordPart): Run<void> {
    switch (part.kind) {
      case 'literal':
        builder.add(part.text, part.quoted);
        return;
      case 'parameter':
        yield* this.addParameter(builder, part.expansion, part.quoted);
        return;
      case 'command': {
        const output = (yield* this.substitute(part.script)).replace(/\n+$/, '');
        addValue(builder, output, part.quoted);
        return;
      }
      case 'arithmetic':
        addValue(builder, yield* this.arithmetic(part.expression), part.quoted);
    }
  }

  private *addParameter(builder: FieldBuilder, expansion: ParameterExpansion, quoted: boolean): Run<void> {
    const { name, operator } = expansion;
    const list = name === '@' || name === '*';
    if (list && (operator === '' || (operator === ':' && expansion.argument !== null))) {
      const values = operator === '' ? this.shell.state.positional : yield* this.slicePositional(expansion);
      this.addPositional(builder, values, name, quoted);
      return;
    }
    const set = this.shell.state.get(name);
    const empty = operator.startsWith(':') ? set === undefined || set === '' : set === undefined;
    const usesWord = operator.endsWith('+') ? !empty : operator.endsWith('-') && empty;
    if (usesWord && expansion.argument !== null) {
      if (quoted) builder.add('', true);
      yield* this.addWord(builder, expansion.argument);
      return;
    }
    addValue(builder, yield* this.parameterValue(expansion, set, empty), quoted);
  }

  private addPositional(
    builder: FieldBuilder,
    values: readonly string[],
    name: string,
    quoted: boolean,
  ): void {
    if (quoted && name === '*') {
      builder.add(values.join((this.shell.state.get('IFS') ?? ' ').slice(0, 1)), true);
      return;
    }
    for (const [index, value] of values.entries()) {
      if (index > 0) builder.break();
      addValue(builder, value, quoted);
    }
  }

  private *slicePositional(expansion: ParameterExpansion): Run<string[]> {
    const { state } = this.shell;
    const [from, length] = yield* this.sliceBounds(expansion.argument!);
    const all = from === 0 ? [state.name, ...state.positional] : state.positional.slice(from - 1);
    return length === undefined ? all : all.slice(0, length);
  }

  private *parameterValue(
    expansion: ParameterExpansion,
    set: string | undefined,
    empty: boolean,
  ): Run<string> {
    const { state } = this.shell;
    const { name, operator, argument } = expansion;
    switch (operator) {
      case ':=':
      case '=': {
        if (!empty) return set!;
        const value = yield* this.expandText(argument!);
        state.set(name, value);
        return value;
      }
      case ':?':
      case '?': {
        if (!empty) return set!;
        const message = yield* this.expandText(argument!);
        throw new ShellError(
          `${name}: ${message === '' ? 'parameter not set' : message}`,
          this.shell.dialect.unsetExit,
        );
      }
      case ':-':
      case '-':
        return set ?? '';
      case ':+':
      case '+':
        return '';
    }
    if (set === undefined && state.options.nounset && name !== '@' && name !== '*') {
      throw new ShellError(this.shell.dialect.unsetParameter(name), this.shell.dialect.unsetExit);
    }
    return yield* this.transformed(set ?? '', expansion);
  }

  private *transformed(
    value: string,
    { operator, argument, replacement, name }: ParameterExpansion,
  ): Run<string> {
    switch (operator) {
      case '':
        return value;
      case 'length':
        if (name === '@' || name === '*') return String(this.shell.state.positional.length);
        return String([...value].length);
      case ':': {
        const [from, length] = yield* this.sliceBounds(argument!);
        const start = from < 0 ? Math.max(0, value.length + from) : from;
        if (length === undefined) return value.slice(start);
        return value.slice(start, length < 0 ? value.length + length : start + length);
      }
    }
    const pattern = yield* this.expandPattern(argument!);
    if (operator.startsWith('/')) {
      if (pattern === '') return value;
      const text = replacement === null ? '' : yield* this.expandText(replacement);
      return value.replace(new RegExp(patternSource(pattern), operator === '//' ? 'g' : ''), () => text);
    }
    return removeAffix(value, pattern, operator);
  }

  private *sliceBounds(argument: Word): Run<[number, number | undefined]> {
    const [from, length] = (yield* this.expandText(argument)).split(':');
    const evaluate = (text: string) => Number(this.evaluate(text));
    return [evaluate(from ?? '0'), length === undefined ? undefined : evaluate(length)];
  }

  private *arithmetic(expression: Word): Run<string> {
    return String(this.evaluate(yield* this.expandText(expression)));
  }

  private evaluate(text: string): bigint {
    const { state } = this.shell;
    try {
      return evaluateArithmetic(text, {
        get: (name) => state.get(name) ?? '',
        set: (name, value) => state.set(name, value),
      });
    } catch (error) {
      if (error instanceof ArithmeticError) {
        const { dialect } = this.shell;
        throw new ShellError(dialect.arithmetic(error.message, text), dialect.arithmeticExit);
      }
      throw error;
    }
  }

  private tilde(text: string, whole: boolean): { home: string; rest: string } {
    const leads = text.startsWith('~/') || (text === '~' && whole);
    return leads
      ? { home: this.shell.state.get('HOME') ?? '/root', rest: text.slice(1) }
      : { home: '', rest: text };
  }
}

function addValue(builder: FieldBuilder, value: string, quoted: boolean): void {
  if (quoted) builder.add(value, true);
  else builder.addSplit(value);
}

/** `%`, `%%`, `#`, `##`: takes the shortest or longest match off one end. */
function removeAffix(value: string, pattern: string, operator: string): string {
  const expression = new RegExp(`^(?:${patternSource(pattern)})$`);
  const suffix = operator.startsWith('%');
  const longest = operator.length === 2;
  for (let i = 0; i <= value.length; i++) {
    const length = longest ? value.length - i : i;
    const cut = suffix ? value.length - length : length;
    const candidate = suffix ? value.slice(cut) : value.slice(0, cut);
    if (expression.test(candidate)) return suffix ? value.slice(0, cut) : value.slice(cut);
  }
  return value;
}
