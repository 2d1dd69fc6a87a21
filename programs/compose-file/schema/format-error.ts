/** A value that does not have the form it must have: what is wrong, and what to write instead. */
export class FormatError extends Error {
  readonly hint: string | undefined;
  /** Where in the text the mistake is, in characters from its start. */
  readonly offset: number;

  constructor(message: string, hint?: string, offset = 0) {
    super(message);
    this.name = 'FormatError';
    this.hint = hint;
    this.offset = offset;
  }
}
