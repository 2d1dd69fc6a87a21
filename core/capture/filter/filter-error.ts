/** A mistake in a capture filter expression, or something in it that is not supported. */
export class FilterError extends Error {
  /** 1-based column in the expression. */
  readonly column: number;
  /** What to write instead, when there is something to say. */
  readonly hint: string | null;

  constructor(message: string, column: number, hint: string | null = null) {
    super(`filter, column ${column}: ${message}${hint === null ? '' : ` (${hint})`}`);
    this.name = 'FilterError';
    this.column = column;
    this.hint = hint;
  }
}
