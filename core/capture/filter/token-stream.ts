import { FilterError } from './filter-error.ts';
import { type Token, tokenize } from './lexer.ts';

/** The tokens of an expression with a place in them. */
export class TokenStream {
  private readonly tokens: Token[];
  private index = 0;

  constructor(text: string) {
    this.tokens = tokenize(text);
  }

  peek(ahead = 0): Token {
    return this.tokens[Math.min(this.index + ahead, this.tokens.length - 1)]!;
  }

  next(): Token {
    const token = this.peek();
    this.index++;
    return token;
  }

  /** True when the token `ahead` is this word or symbol, unescaped. */
  is(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.text === text && !token.escaped && token.kind !== 'end';
  }

  /** Takes the token when it is one of `texts`. */
  accept(...texts: string[]): Token | null {
    return texts.some((text) => this.is(text)) ? this.next() : null;
  }

  expect(text: string): Token {
    if (this.is(text)) return this.next();
    throw this.unexpected(`expected '${text}'`);
  }

  unexpected(wanted: string, hint: string | null = null): FilterError {
    const token = this.peek();
    const found = token.kind === 'end' ? 'the expression ends here' : `found '${token.text}'`;
    return new FilterError(`${wanted}, but ${found}`, token.column, hint);
  }

  /** A place to come back to. */
  mark(): number {
    return this.index;
  }

  reset(mark: number): void {
    this.index = mark;
  }
}
