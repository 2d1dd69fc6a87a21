/** A program that awk does not understand, or that uses what is not modelled. */
export class AwkError extends Error {}

export type Expression =
  | { kind: 'number'; value: number }
  | { kind: 'string'; value: string }
  | { kind: 'regex'; expression: RegExp }
  | { kind: 'variable'; name: string }
  | { kind: 'field'; index: Expression }
  | { kind: 'element'; array: string; index: Expression[] }
  | { kind: 'in'; array: string; index: Expression[] }
  | { kind: 'unary'; operator: '-' | '+' | '!'; operand: Expression }
  | { kind: 'binary'; operator: string; left: Expression; right: Expression }
  | { kind: 'assign'; operator: string; target: Expression; value: Expression }
  | { kind: 'increment'; target: Expression; by: 1 | -1; before: boolean }
  | { kind: 'conditional'; condition: Expression; yes: Expression; no: Expression }
  | { kind: 'call'; name: string; args: Expression[] };

export type Statement =
  | { kind: 'print'; args: Expression[]; formatted: boolean }
  | { kind: 'expression'; expression: Expression }
  | { kind: 'if'; condition: Expression; yes: Statement; no: Statement | null }
  | { kind: 'while'; condition: Expression; body: Statement; bodyFirst: boolean }
  | {
      kind: 'for';
      start: Statement | null;
      condition: Expression | null;
      step: Statement | null;
      body: Statement;
    }
  | { kind: 'forIn'; variable: string; array: string; body: Statement }
  | { kind: 'block'; body: Statement[] }
  | { kind: 'delete'; array: string; index: Expression[] | null }
  | { kind: 'jump'; to: 'next' | 'break' | 'continue' }
  | { kind: 'exit'; code: Expression | null };

export interface Rule {
  pattern: 'BEGIN' | 'END' | Expression | null;
  /** The end of a range pattern. */
  until: Expression | null;
  /** null: print the record. */
  action: Statement | null;
}

export interface AwkToken {
  kind: 'number' | 'string' | 'regex' | 'name' | 'call' | 'operator' | 'newline' | 'end';
  text: string;
}

const OPERATORS = /\*\*=?|\+\+|--|&&|\|\||[-+*/%^=!<>]=|>>|!~|[-+*/%^=!<>~?:,;(){}[\]$|]/y;
const ESCAPES: Record<string, string> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  '"': '"',
  '/': '/',
  a: '\x07',
};

/** Cuts a program into tokens. A `/` begins an expression where no operand stands before it. */
export function tokenize(text: string): AwkToken[] {
  const tokens: AwkToken[] = [];
  let position = 0;
  const match = (expression: RegExp) => {
    expression.lastIndex = position;
    const found = expression.exec(text)?.[0] ?? null;
    if (found !== null) position += found.length;
    return found;
  };
  const push = (kind: AwkToken['kind'], value: string) => tokens.push({ kind, text: value });
  while (position < text.length) {
    if (match(/[ \t\r]+|\\\r?\n|#[^\n]*/y) !== null) continue;
    let found: string | null;
    if (match(/\n/y) !== null) push('newline', '\n');
    else if ((found = match(/\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?/y)) !== null)
      push('number', found);
    else if ((found = match(/"(?:[^"\\\n]|\\[^])*"/y)) !== null) push('string', unescape(found.slice(1, -1)));
    else if (
      expectsOperand(tokens.at(-1)) &&
      (found = match(/\/(?:[^/\\\n[]|\\.|\[\^?\]?[^\]\n]*\])+\//y)) !== null
    ) {
      push('regex', found.slice(1, -1).replace(/\\\//g, '/'));
    } else if ((found = match(/[A-Za-z_]\w*/y)) !== null)
      push(text[position] === '(' ? 'call' : 'name', found);
    else if ((found = match(OPERATORS)) !== null) push('operator', found);
    else throw new AwkError(`syntax error at source line 1: unexpected ${text[position]}`);
  }
  push('end', '');
  return tokens;
}

function expectsOperand(before: AwkToken | undefined): boolean {
  if (before === undefined || before.kind === 'newline') return true;
  if (before.kind === 'operator') return ![')', ']', '$', '++', '--'].includes(before.text);
  return before.kind === 'name' && ['print', 'return', 'in'].includes(before.text);
}

function unescape(text: string): string {
  return text.replace(/\\([^])/g, (whole, character: string) => ESCAPES[character] ?? whole);
}
