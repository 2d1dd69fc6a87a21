import { FilterError } from './filter-error.ts';

export type TokenKind = 'word' | 'number' | 'ipv4' | 'ipv6' | 'mac' | 'symbol' | 'end';

export interface Token {
  kind: TokenKind;
  text: string;
  /** 1-based column of the first character. */
  column: number;
  /** Preceded by a backslash: a name that is not to be taken for a keyword. */
  escaped: boolean;
}

const SPACE = /\s+/y;
const MAC = /[0-9a-fA-F]{1,2}(?:[:-][0-9a-fA-F]{1,2}){5}(?![0-9a-zA-Z:.-])/y;
const IPV6 = /(?:[0-9a-fA-F]{1,4}:|::)[0-9a-fA-F:]*(?:\d+\.\d+\.\d+\.\d+)?(?![0-9a-zA-Z])/y;
const IPV4 = /\d+(?:\.\d+){1,3}(?![0-9a-zA-Z.])/y;
const RANGE = /\d+-\d+(?![0-9a-zA-Z])/y;
const NUMBER = /(?:0[xX][0-9a-fA-F]+|\d+)(?![0-9a-zA-Z_.])/y;
const WORD = /[a-zA-Z0-9](?:[-_.a-zA-Z0-9]*[a-zA-Z0-9])?/y;
const SYMBOL = /&&|\|\||<<|>>|<=|>=|!=|==|[[\]()!&|=<>+\-*/%^:]/y;

/** Longest expression taken: a filter is data from a stranger. */
const MAXIMUM_LENGTH = 16_384;

/** Splits a filter expression into tokens; the last is of kind `end`. */
export function tokenize(text: string): Token[] {
  if (text.length > MAXIMUM_LENGTH) {
    throw new FilterError(`the expression is longer than ${MAXIMUM_LENGTH} characters`, 1);
  }
  const tokens: Token[] = [];
  let at = 0;
  // Inside brackets a colon separates an offset from a size, and a minus is arithmetic.
  let brackets = 0;
  while (at < text.length) {
    const space = matchAt(SPACE, text, at);
    if (space !== null) {
      at += space.length;
      continue;
    }
    const escaped = text[at] === '\\';
    const token = nextToken(text, escaped ? at + 1 : at, brackets > 0);
    if (escaped && token.kind !== 'word') throw new FilterError('a name must follow the backslash', at + 1);
    token.escaped = escaped;
    at = token.column - 1 + token.text.length;
    if (token.text === '[') brackets++;
    if (token.text === ']') brackets--;
    tokens.push(token);
  }
  tokens.push({ kind: 'end', text: '', column: text.length + 1, escaped: false });
  return tokens;
}

function matchAt(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

function nextToken(text: string, at: number, inBrackets: boolean): Token {
  const order: [TokenKind, RegExp][] = inBrackets
    ? [['number', NUMBER]]
    : [
        ['mac', MAC],
        ['ipv6', IPV6],
        ['ipv4', IPV4],
        ['word', RANGE],
        ['number', NUMBER],
      ];
  order.push(['word', WORD], ['symbol', SYMBOL]);
  for (const [kind, pattern] of order) {
    const matched = matchAt(pattern, text, at);
    if (matched !== null) return { kind, text: matched, column: at + 1, escaped: false };
  }
  throw new FilterError(`unexpected character '${text[at] ?? 'end'}'`, at + 1);
}
