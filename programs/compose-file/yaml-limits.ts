/** What a file may be, so that reading it takes bounded time, memory and stack. */
/** Longest file, in characters. */
export const MAX_TEXT = 1 << 20;
/** Deepest nesting of lists and maps. */
const MAX_DEPTH = 64;
const MAX_INDENT = 256;

const OPENING = new Set(['[', '{']);
const CLOSING = new Set([']', '}']);
const NESTING = new Set(['-', '?', ':']);

/** The text nests deeper than is read, at `offset`. */
export class TooDeepError extends Error {
  readonly offset: number;

  constructor(offset: number) {
    super('nested too deeply');
    this.name = 'TooDeepError';
    this.offset = offset;
  }
}

/** The lexer's own marks (start of document, of a scalar, of a flow scalar's end) stand for no text. */
const MARKS = new Set(['\u0002', '\u0018', '\u001f', '\ufeff']);

/** Follows the lexer through a text. No recursion: what is behind it may recurse as deep as the text nests. */
export class DepthLimit {
  private readonly text: string;
  private offset = 0;
  private flowDepth = 0;
  private lineStart = 0;
  private indicators = 0;
  private indented = false;

  constructor(text: string) {
    this.text = text;
  }

  /** Takes the lexer's next token. Throws a TooDeepError. */
  pass(token: string): void {
    if (OPENING.has(token)) this.flowDepth++;
    else if (CLOSING.has(token)) this.flowDepth = Math.max(0, this.flowDepth - 1);
    else if (this.flowDepth === 0 && NESTING.has(token)) this.passIndicator();
    if (this.flowDepth > MAX_DEPTH || this.indicators > MAX_DEPTH) throw new TooDeepError(this.offset);
    if (!MARKS.has(token)) this.offset += token.length;
    if (!token.includes('\n')) return;
    this.lineStart = this.offset;
    this.indicators = 0;
    this.indented = false;
  }

  private passIndicator(): void {
    this.indicators++;
    if (this.indented) return;
    const indent = this.text.slice(this.lineStart, this.offset).search(/[^ ]|$/);
    if (indent > MAX_INDENT) throw new TooDeepError(this.offset);
    this.indented = true;
  }
}
