import type { Word } from './ast.ts';
import { ShellSyntaxError } from './shell-syntax-error.ts';
import type { Source } from './source.ts';
import { WordReader, type SubstitutionParser } from './word-reader.ts';

export type Token =
  | { kind: 'word'; word: Word; text: string; start: number }
  | { kind: 'operator'; text: string; start: number }
  /** The number right before a redirection, as the 2 of `2>`. */
  | { kind: 'descriptor'; text: string; start: number }
  | { kind: 'newline'; text: '\n'; start: number }
  | { kind: 'end'; text: ''; start: number };

/** A here-document whose body begins on the next line. */
interface PendingHereDocument {
  word: Word;
  delimiter: string;
  literal: boolean;
  stripTabs: boolean;
}

// Longest first.
const OPERATORS = [
  '<<<',
  '<<-',
  '&>>',
  '&&',
  '||',
  ';;',
  '>>',
  '<<',
  '>&',
  '<&',
  '>|',
  '&>',
  '|&',
  ';',
  '&',
  '|',
  '<',
  '>',
  '(',
  ')',
];

/** Cuts a source into words and operators. */
export class Lexer {
  readonly source: Source;
  private readonly words: WordReader;
  private readonly parseSubstitution: SubstitutionParser;
  private readonly pending: PendingHereDocument[] = [];

  constructor(source: Source, parseSubstitution: SubstitutionParser) {
    this.source = source;
    this.parseSubstitution = parseSubstitution;
    this.words = new WordReader(source, parseSubstitution);
  }

  next(): Token {
    const { source } = this;
    this.skipBlanks();
    const start = source.position;
    if (source.atEnd) {
      this.requireNoPending();
      return { kind: 'end', text: '', start };
    }
    if (source.take('\n')) {
      for (const document of this.pending.splice(0)) this.readHereDocument(document, start);
      return { kind: 'newline', text: '\n', start };
    }
    const descriptor = source.match(/\d+(?=[<>])/y);
    if (descriptor !== null) return { kind: 'descriptor', text: descriptor, start };
    const operator = OPERATORS.find((candidate) => source.take(candidate));
    if (operator !== undefined) return { kind: 'operator', text: operator, start };
    const word = this.words.readWord();
    return { kind: 'word', word, text: source.text.slice(start, source.position), start };
  }

  /** Has the body of a here-document read after the end of this line; the word returned is filled in then. */
  expectHereDocument(delimiter: Word, stripTabs: boolean): Word {
    const word: Word = { parts: [] };
    const text = delimiter.parts.map((part) => (part.kind === 'literal' ? part.text : '')).join('');
    const literal = delimiter.parts.some((part) => part.kind === 'literal' && part.quoted);
    this.pending.push({ word, delimiter: text, literal, stripTabs });
    return word;
  }

  private skipBlanks(): void {
    const { source } = this;
    while (source.match(/[ \t\r]+|\\\r?\n/y) !== null);
    if (source.peek() === '#') source.match(/[^\n]*/y);
  }

  private readHereDocument(document: PendingHereDocument, start: number): void {
    const { source } = this;
    let body = '';
    for (;;) {
      if (source.atEnd) throw new ShellSyntaxError('unterminated', '<<', source.place(start), true);
      let line = source.match(/[^\n]*/y) ?? '';
      source.take('\n');
      if (document.stripTabs) line = line.replace(/^\t+/, '');
      if (line === document.delimiter) break;
      body += `${line}\n`;
    }
    if (document.literal) {
      document.word.parts.push({ kind: 'literal', text: body, quoted: true });
      return;
    }
    const inner = new WordReader(source.inner(body), this.parseSubstitution);
    document.word.parts.push(...source.nested(() => inner.readHereDocument()).parts);
  }

  private requireNoPending(): void {
    if (this.pending.length === 0) return;
    throw new ShellSyntaxError('unterminated', '<<', this.source.place(), true);
  }
}
