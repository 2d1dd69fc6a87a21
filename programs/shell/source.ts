import { ShellSyntaxError } from './shell-syntax-error.ts';

/** Constructs may nest this deep; what is deeper is refused rather than overflow the stack. */
const MAX_NESTING = 40;

/** Text being read, with a position in it. */
export class Source {
  readonly text: string;
  position = 0;
  private nesting: number;

  constructor(text: string, nesting = 0) {
    this.text = text;
    this.nesting = nesting;
  }

  get atEnd(): boolean {
    return this.position >= this.text.length;
  }

  /** The character `offset` from here, '' past the end. */
  peek(offset = 0): string {
    return this.text[this.position + offset] ?? '';
  }

  next(): string {
    return this.text[this.position++] ?? '';
  }

  /** Moves past `expected` if it is next. */
  take(expected: string): boolean {
    if (!this.text.startsWith(expected, this.position)) return false;
    this.position += expected.length;
    return true;
  }

  /** Moves past what a sticky expression matches here. */
  match(expression: RegExp): string | null {
    expression.lastIndex = this.position;
    const found = expression.exec(this.text);
    if (found === null) return null;
    this.position += found[0].length;
    return found[0];
  }

  place(position = this.position): { line: number; column: number } {
    const before = this.text.slice(0, position);
    const lineStart = before.lastIndexOf('\n') + 1;
    return { line: before.split('\n').length, column: position - lineStart + 1 };
  }

  /** Reads a nested construct; throws when it is too deep. */
  nested<T>(read: () => T): T {
    if (++this.nesting > MAX_NESTING) {
      throw new ShellSyntaxError(
        'unsupported',
        `nesting of more than ${MAX_NESTING} constructs`,
        this.place(),
      );
    }
    const result = read();
    this.nesting--;
    return result;
  }

  /** A source of its own for text taken out of this one. */
  inner(text: string): Source {
    return new Source(text, this.nesting);
  }
}
