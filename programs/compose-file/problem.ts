/** A place in a file, counted from 1. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A mistake of the user's: where it is, what is wrong, and what to do. */
export interface Problem extends SourcePosition {
  readonly message: string;
  readonly hint: string | undefined;
  /** The line of the file that holds it, for the caret. */
  readonly sourceLine: string;
}

/** Problems past this number are not looked for: a file with so many is none, and looking takes time. */
export const MAX_PROBLEMS = 50;

/** A file that cannot be used, with everything that is wrong in it. */
export class FileError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.name = 'FileError';
    this.problems = problems;
  }
}

const WIDEST_LINE = 160;

/** `file:line:column: message`, the source line, a caret, and what to do. */
export function formatProblem(problem: Problem): string {
  const lines = [`${problem.file}:${problem.line}:${problem.column}: ${printable(problem.message)}`];
  if (problem.sourceLine.trim() !== '') lines.push(...excerpt(problem));
  if (problem.hint !== undefined) lines.push(`  ${printable(problem.hint)}`);
  return lines.join('\n');
}

/** The source line cut to a readable width around the column, and a caret under it. */
function excerpt(problem: Problem): string[] {
  const from = problem.column > WIDEST_LINE - 20 ? problem.column - WIDEST_LINE / 2 : 0;
  const shown = problem.sourceLine.slice(from, from + WIDEST_LINE);
  const gutter = `${problem.line} | `;
  const before = shown.slice(0, problem.column - 1 - from).replace(/[^\t]/g, ' ');
  return [`  ${gutter}${printable(shown)}`, `  ${' '.repeat(gutter.length)}${before}^`];
}

/** A stranger's text must not drive the terminal: control characters are shown as ?. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, '?');
}
