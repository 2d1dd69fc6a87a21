/** A command line that is not the shell's language. The only thing the parser throws. */
export class ShellSyntaxError extends Error {
  /** What stands in the way, or what is missing. */
  readonly kind: 'unexpected' | 'unterminated' | 'unsupported';
  /** The token, quote or construct in question. */
  readonly token: string;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  /** True when more input could still make it right: an interactive shell then asks for another line. */
  readonly incomplete: boolean;

  constructor(
    kind: ShellSyntaxError['kind'],
    token: string,
    at: { line: number; column: number },
    incomplete = false,
  ) {
    super(`line ${at.line}, column ${at.column}: ${describe(kind, token)}`);
    this.kind = kind;
    this.token = token;
    this.line = at.line;
    this.column = at.column;
    this.incomplete = incomplete;
  }
}

function describe(kind: ShellSyntaxError['kind'], token: string): string {
  if (kind === 'unexpected') return token === '' ? 'unexpected end of input' : `unexpected "${token}"`;
  if (kind === 'unterminated') return `unterminated ${token}`;
  return `${token} is not supported by this shell`;
}
