import type { ShellSyntaxError } from './shell-syntax-error.ts';

/** How one shell words its complaints. */
export interface Dialect {
  name: 'ash' | 'dash' | 'bash';
  /** What stands before a message: the shell or script, and for some the line. */
  prefix(shellName: string, line: number): string;
  notFound(command: string): string;
  cannotCreate(file: string): string;
  cannotOpen(file: string): string;
  isDirectory(file: string): string;
  /** Whole message, prefix included. */
  syntaxError(shellName: string, error: ShellSyntaxError): string;
  unsetParameter(name: string): string;
  /** What an expansion of an unset parameter under `set -u`, or by `${x:?}`, ends the shell with. */
  unsetExit: number;
  arithmetic(problem: string, expression: string): string;
  arithmeticExit: number;
}

/** busybox ash. */
const ASH: Dialect = {
  name: 'ash',
  prefix: (shellName) => `${shellName}: `,
  notFound: (command) => `${command}: not found`,
  cannotCreate: (file) => `can't create ${file}: nonexistent directory`,
  cannotOpen: (file) => `can't open ${file}: no such file`,
  isDirectory: (file) => `can't create ${file}: Is a directory`,
  syntaxError(shellName, { kind, token }) {
    const prefix = `${shellName}: syntax error: `;
    if (kind === 'unsupported') return `${prefix}${token} is not supported`;
    if (kind === 'unterminated')
      return `${prefix}${QUOTES.includes(token) ? 'unterminated quoted string' : `unexpected end of file (expecting "${closing(token)}")`}`;
    return `${prefix}unexpected ${token === '' ? 'end of file' : token === 'newline' ? 'newline' : `"${token}"`}`;
  },
  unsetParameter: (name) => `${name}: parameter not set`,
  unsetExit: 2,
  arithmetic: (problem) => (problem === 'division by zero' ? 'divide by zero' : 'arithmetic syntax error'),
  arithmeticExit: 2,
};

/** Debian's /bin/sh. */
const DASH: Dialect = {
  name: 'dash',
  prefix: (shellName, line) => `${shellName}: ${line}: `,
  notFound: (command) => `${command}: not found`,
  cannotCreate: (file) => `cannot create ${file}: Directory nonexistent`,
  cannotOpen: (file) => `cannot open ${file}: No such file`,
  isDirectory: (file) => `cannot create ${file}: Is a directory`,
  syntaxError(shellName, { kind, token, line }) {
    const prefix = `${shellName}: ${line}: Syntax error: `;
    if (kind === 'unsupported') return `${prefix}${token} is not supported`;
    if (kind === 'unterminated')
      return `${prefix}${QUOTES.includes(token) ? 'Unterminated quoted string' : `end of file unexpected (expecting "${closing(token)}")`}`;
    return `${prefix}${token === '' ? 'end of file' : token === 'newline' ? 'newline' : `"${token}"`} unexpected`;
  },
  unsetParameter: (name) => `${name}: parameter not set`,
  unsetExit: 2,
  arithmetic: (problem, expression) => `arithmetic expression: ${problem}: "${expression}"`,
  arithmeticExit: 2,
};

const BASH: Dialect = {
  name: 'bash',
  prefix: (shellName, line) => `${shellName}: line ${line}: `,
  notFound: (command) => `${command}: command not found`,
  cannotCreate: (file) => `${file}: No such file or directory`,
  cannotOpen: (file) => `${file}: No such file or directory`,
  isDirectory: (file) => `${file}: Is a directory`,
  syntaxError(shellName, { kind, token, line }) {
    const prefix = `${shellName}: -c: line ${line}: `;
    if (kind === 'unsupported') return `${prefix}syntax error: ${token} is not supported`;
    if (kind === 'unterminated')
      return `${prefix}unexpected EOF while looking for matching \`${closing(token)}'`;
    if (token === '') return `${prefix}syntax error: unexpected end of file`;
    return `${prefix}syntax error near unexpected token \`${token}'`;
  },
  unsetParameter: (name) => `${name}: unbound variable`,
  unsetExit: 127,
  arithmetic: (problem, expression) => `${expression}: ${problem.replace('zero', '0')}`,
  arithmeticExit: 1,
};

const QUOTES = ["'", '"', "$'", '`'];

function closing(opening: string): string {
  if (opening === '${') return '}';
  if (opening === '$((') return '))';
  return opening === "$'" ? "'" : opening;
}

/** The shell that a name means in a userland: `sh` is ash in busybox and dash on Debian. */
export function dialectOf(name: string, userland: 'busybox' | 'debian'): Dialect {
  if (name === 'bash') return BASH;
  return userland === 'busybox' || name === 'ash' ? ASH : DASH;
}
