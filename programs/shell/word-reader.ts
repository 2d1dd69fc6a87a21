import type { List, ParameterExpansion, Word, WordPart } from './ast.ts';
import { ShellSyntaxError } from './shell-syntax-error.ts';
import type { Source } from './source.ts';

/** Parses the commands of a substitution; with `closing` it stops after the `)`. Handed in by the parser. */
export type SubstitutionParser = (source: Source, closing: boolean) => List;

const METACHARACTERS = ' \t\n;&|<>()';
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const SPECIAL_PARAMETERS = '?$!#@*-0123456789';
const PARAMETER_OPERATOR = /:[-=?+]|[-=?+]|%%?|##?|\/\/?|:/y;

/** Reads words: quotes, parameters, substitutions. */
export class WordReader {
  private readonly source: Source;
  private readonly parseSubstitution: SubstitutionParser;

  constructor(source: Source, parseSubstitution: SubstitutionParser) {
    this.source = source;
    this.parseSubstitution = parseSubstitution;
  }

  /** The word here; it ends before an unquoted metacharacter. */
  readWord(): Word {
    return { parts: this.readUnquoted((character) => METACHARACTERS.includes(character)) };
  }

  /** All of the source as one word with quoting as in a here-document. */
  readHereDocument(): Word {
    const parts: WordPart[] = [];
    while (!this.source.atEnd) this.readQuotedPart(parts, '\\$`');
    return { parts };
  }

  /** All of the source, as inside double quotes but for the quotes themselves, which vanish. */
  readArithmetic(): Word {
    const parts: WordPart[] = [];
    while (!this.source.atEnd) {
      if (!this.source.take('"')) this.readQuotedPart(parts, '\\$`"');
    }
    return { parts };
  }

  private readUnquoted(ends: (character: string) => boolean): WordPart[] {
    const { source } = this;
    const parts: WordPart[] = [];
    while (!source.atEnd && !ends(source.peek())) {
      const character = source.peek();
      if (character === "'") this.readSingleQuoted(parts);
      else if (character === '"') this.readDoubleQuoted(parts);
      else if (character === '\\') this.readEscape(parts);
      else if (character === '$') this.readDollar(parts, false);
      else if (character === '`') this.readBackquoted(parts, false);
      else addLiteral(parts, source.next(), false);
    }
    return parts;
  }

  private readEscape(parts: WordPart[]): void {
    const { source } = this;
    source.next();
    if (source.atEnd) addLiteral(parts, '\\', true);
    else if (!source.take('\n')) addLiteral(parts, source.next(), true);
  }

  private readSingleQuoted(parts: WordPart[]): void {
    const { source } = this;
    const start = source.position;
    const end = source.text.indexOf("'", start + 1);
    if (end < 0) throw this.unterminated("'", start);
    parts.push({ kind: 'literal', text: source.text.slice(start + 1, end), quoted: true });
    source.position = end + 1;
  }

  private readDoubleQuoted(parts: WordPart[]): void {
    const { source } = this;
    const start = source.position;
    source.next();
    // An empty string is a field of its own.
    if (source.peek() === '"') parts.push({ kind: 'literal', text: '', quoted: true });
    while (!source.take('"')) {
      if (source.atEnd) throw this.unterminated('"', start);
      this.readQuotedPart(parts, '\\$`"');
    }
  }

  private readQuotedPart(parts: WordPart[], escapable: string): void {
    const { source } = this;
    const character = source.peek();
    if (character === '$') {
      this.readDollar(parts, true);
      return;
    }
    if (character === '`') {
      this.readBackquoted(parts, true);
      return;
    }
    source.next();
    if (character === '\\' && source.take('\n')) return;
    const escapes = character === '\\' && !source.atEnd && escapable.includes(source.peek());
    addLiteral(parts, escapes ? source.next() : character, true);
  }

  private readDollar(parts: WordPart[], quoted: boolean): void {
    const { source } = this;
    const start = source.position;
    source.next();
    if (source.peek() === "'" && !quoted) this.readAnsiQuoted(parts, start);
    else if (source.take('((')) this.readArithmeticOrSubstitution(parts, quoted, start);
    else if (source.take('(')) this.readSubstitution(parts, quoted);
    else if (source.take('{')) this.readBraced(parts, quoted, start);
    else this.readPlainParameter(parts, quoted);
  }

  private readPlainParameter(parts: WordPart[], quoted: boolean): void {
    const { source } = this;
    const special = source.peek();
    const name = special !== '' && SPECIAL_PARAMETERS.includes(special) ? source.next() : source.match(NAME);
    if (name === null) {
      addLiteral(parts, '$', quoted);
      return;
    }
    const expansion = { name, operator: '', argument: null, replacement: null };
    parts.push({ kind: 'parameter', expansion, quoted });
  }

  private readSubstitution(parts: WordPart[], quoted: boolean): void {
    const { source } = this;
    const script = source.nested(() => this.parseSubstitution(source, true));
    parts.push({ kind: 'command', script, quoted });
  }

  /** `$((` opens arithmetic when a `))` closes it, else a substitution that begins with a subshell. */
  private readArithmeticOrSubstitution(parts: WordPart[], quoted: boolean, start: number): void {
    const { source } = this;
    const end = arithmeticEnd(source.text, source.position);
    if (end === -2) throw this.unterminated('$((', start);
    if (end === -1) {
      source.position--;
      this.readSubstitution(parts, quoted);
      return;
    }
    const inner = source.inner(source.text.slice(source.position, end));
    source.position = end + 2;
    const expression = source.nested(() => new WordReader(inner, this.parseSubstitution).readArithmetic());
    parts.push({ kind: 'arithmetic', expression, quoted });
  }

  private readBackquoted(parts: WordPart[], quoted: boolean): void {
    const { source } = this;
    const start = source.position;
    source.next();
    let text = '';
    while (!source.take('`')) {
      if (source.atEnd) throw this.unterminated('`', start);
      if (source.peek() === '\\' && source.peek(1) !== '' && '`\\$'.includes(source.peek(1))) source.next();
      text += source.next();
    }
    const script = source.nested(() => this.parseSubstitution(source.inner(text), false));
    parts.push({ kind: 'command', script, quoted });
  }

  private readBraced(parts: WordPart[], quoted: boolean, start: number): void {
    const { source } = this;
    const expansion = source.nested(() => this.readExpansion(quoted, start));
    if (!source.take('}')) throw this.unexpectedInBraces(start);
    parts.push({ kind: 'parameter', expansion, quoted });
  }

  private readExpansion(quoted: boolean, start: number): ParameterExpansion {
    const { source } = this;
    if (source.peek() === '#' && source.peek(1) !== '}' && source.peek(1) !== '#') {
      source.next();
      const name = this.readBracedName(start);
      return { name, operator: 'length', argument: null, replacement: null };
    }
    const name = this.readBracedName(start);
    const operator = source.match(PARAMETER_OPERATOR);
    if (operator === null) return { name, operator: '', argument: null, replacement: null };
    const replaces = operator === '/' || operator === '//';
    const argument = this.readBracedArgument(quoted, replaces, start);
    const replacement = replaces && source.take('/') ? this.readBracedArgument(quoted, false, start) : null;
    return { name, operator, argument, replacement };
  }

  private readBracedName(start: number): string {
    const { source } = this;
    const digits = source.match(/\d+/y);
    if (digits !== null) return digits;
    const name = source.match(NAME);
    if (name !== null) return name;
    const special = source.peek();
    if (special === '' || !SPECIAL_PARAMETERS.includes(special)) throw this.unexpectedInBraces(start);
    return source.next();
  }

  /** The text after an operator, up to the `}` or, for a pattern to replace, the `/`. */
  private readBracedArgument(quoted: boolean, stopsAtSlash: boolean, start: number): Word {
    const { source } = this;
    const ends = (character: string) => character === '}' || (stopsAtSlash && character === '/');
    let parts: WordPart[] = [];
    if (!quoted) parts = this.readUnquoted(ends);
    else {
      while (!source.atEnd && !ends(source.peek())) {
        if (source.peek() === '"') this.readDoubleQuoted(parts);
        else this.readQuotedPart(parts, '\\$`"}');
      }
    }
    if (source.atEnd) throw this.unterminated('${', start);
    return { parts };
  }

  private readAnsiQuoted(parts: WordPart[], start: number): void {
    const { source } = this;
    source.next();
    let text = '';
    while (!source.take("'")) {
      if (source.atEnd) throw this.unterminated("$'", start);
      text += source.take('\\') ? ansiEscape(source) : source.next();
    }
    parts.push({ kind: 'literal', text, quoted: true });
  }

  private unterminated(what: string, position: number): ShellSyntaxError {
    return new ShellSyntaxError('unterminated', what, this.source.place(position), true);
  }

  private unexpectedInBraces(start: number): ShellSyntaxError {
    if (this.source.atEnd) return this.unterminated('${', start);
    return new ShellSyntaxError('unexpected', this.source.peek(), this.source.place());
  }
}

function addLiteral(parts: WordPart[], text: string, quoted: boolean): void {
  const last = parts.at(-1);
  if (last?.kind === 'literal' && last.quoted === quoted) last.text += text;
  else parts.push({ kind: 'literal', text, quoted });
}

/** Where the `))` is that closes arithmetic: -1 when single parentheses close it, -2 when nothing does. */
function arithmeticEnd(text: string, from: number): number {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    if (text[i] === '(') depth++;
    if (text[i] !== ')') continue;
    if (depth === 0) return text[i + 1] === ')' ? i : -1;
    depth--;
  }
  return -2;
}

const ANSI_ESCAPES: Record<string, string> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  e: '\x1b',
  f: '\f',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

function ansiEscape(source: Source): string {
  const octal = source.match(/[0-7]{1,3}/y);
  if (octal !== null) return String.fromCharCode(parseInt(octal, 8));
  const hexadecimal = source.match(/x[0-9a-fA-F]{1,2}/y) ?? source.match(/u[0-9a-fA-F]{1,4}/y);
  if (hexadecimal !== null) return String.fromCharCode(parseInt(hexadecimal.slice(1), 16));
  const letter = source.next();
  return ANSI_ESCAPES[letter] ?? `\\${letter}`;
}
