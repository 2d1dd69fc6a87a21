import { escapePattern } from './pattern.ts';

interface Piece {
  text: string;
  quoted: boolean;
}

/** Puts the fields of a word together: splits what came of expansions, keeps what was quoted (XCU 2.6.5). */
export class FieldBuilder {
  private readonly fields: Piece[][] = [];
  private current: Piece[] | null = null;
  private readonly separators: string;
  private closedByBlank = false;

  constructor(separators: string) {
    this.separators = separators;
  }

  /** Text that is not split. */
  add(text: string, quoted: boolean): void {
    if (text === '' && !quoted) return;
    (this.current ??= []).push({ text, quoted });
    this.closedByBlank = false;
  }

  /** Text of an unquoted expansion. */
  addSplit(text: string): void {
    let start = 0;
    for (let i = 0; i <= text.length; i++) {
      const separator = i < text.length && this.separators.includes(text[i]!);
      if (i < text.length && !separator) continue;
      this.add(text.slice(start, i), false);
      start = i + 1;
      if (separator) this.separate(text[i]!);
    }
  }

  /** Ends the field in progress, for the next of "$@". */
  break(): void {
    if (this.current !== null) this.fields.push(this.current);
    this.current = null;
  }

  /** Fields as patterns: quoted text has its special characters escaped. */
  patterns(): string[] {
    this.break();
    return this.fields.map(piecesToPattern);
  }

  private separate(character: string): void {
    const blank = character === ' ' || character === '\t' || character === '\n';
    if (this.current !== null) {
      this.break();
      this.closedByBlank = blank;
    } else if (!blank && this.closedByBlank) {
      this.closedByBlank = false;
    } else if (!blank) {
      this.fields.push([]);
    }
  }
}

function piecesToPattern(pieces: readonly Piece[]): string {
  return pieces
    .map(({ text, quoted }) => (quoted ? escapePattern(text) : text.replace(/\\/g, '\\\\')))
    .join('');
}
