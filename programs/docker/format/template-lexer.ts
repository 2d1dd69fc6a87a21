/** The lexer of Go templates (text/template/parse/lex.go). */
export class TemplateError extends Error {}

export type TokenKind =
  | 'text'
  | 'open'
  | 'close'
  | 'word'
  | 'field'
  | 'variable'
  | 'dot'
  | 'string'
  | 'number'
  | 'pipe'
  | 'paren-open'
  | 'paren-close'
  | 'declare'
  | 'assign'
  | 'comma';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Where it begins. */
  readonly at: number;
  /** Nothing stands between it and the token before. */
  readonly joined: boolean;
}

const PATTERNS: readonly (readonly [TokenKind, RegExp])[] = [
  ['string', /"(?:[^"\\\n]|\\.)*"|`[^`]*`/y],
  ['number', /[-+]?\d[\w.]*/y],
  ['variable', /\$\w*/y],
  ['field', /\.[A-Za-z_]\w*/y],
  ['dot', /\./y],
  ['word', /[A-Za-z_]\w*/y],
  ['declare', /:=/y],
  ['assign', /=/y],
  ['pipe', /\|/y],
  ['paren-open', /\(/y],
  ['paren-close', /\)/y],
  ['comma', /,/y],
];

/** Text and actions, `{{-` and `-}}` having trimmed the text beside them, comments gone. */
export function lexTemplate(template: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let trimNext = false;
  for (;;) {
    const open = template.indexOf('{{', at);
    const end = open < 0 ? template.length : open;
    const trimsBefore = open >= 0 && /^\{\{-\s/.test(template.slice(open, open + 4));
    let text = template.slice(at, end);
    if (trimNext) text = text.trimStart();
    if (trimsBefore) text = text.trimEnd();
    if (text !== '') tokens.push({ kind: 'text', text, at, joined: false });
    if (open < 0) return tokens;
    const action = lexAction(template, open, trimsBefore ? open + 3 : open + 2, tokens);
    at = action.next;
    trimNext = action.trimsAfter;
  }
}

function lexAction(
  template: string,
  open: number,
  from: number,
  tokens: Token[],
): { next: number; trimsAfter: boolean } {
  const comment = /\s*\/\*[\s\S]*?\*\/\s*(-\}\}|\}\})/y;
  comment.lastIndex = from;
  const commented = comment.exec(template);
  if (commented !== null) return { next: comment.lastIndex, trimsAfter: commented[1] === '-}}' };
  tokens.push({ kind: 'open', text: '{{', at: open, joined: false });
  let at = from;
  let joined = false;
  for (;;) {
    const close = /\s+-\}\}|\s*\}\}/y;
    close.lastIndex = at;
    const closed = close.exec(template);
    if (closed !== null) {
      tokens.push({ kind: 'close', text: '}}', at, joined: false });
      return { next: close.lastIndex, trimsAfter: closed[0].trimStart().startsWith('-') };
    }
    if (at >= template.length) throw parseError(template, template.length, 'unclosed action');
    if (/\s/.test(template[at]!)) {
      at++;
      joined = false;
      continue;
    }
    const token = readToken(template, at, joined);
    tokens.push(token);
    at += token.text.length;
    joined = true;
  }
}

function readToken(template: string, at: number, joined: boolean): Token {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const match = pattern.exec(template);
    if (match !== null) return { kind, text: match[0], at, joined };
  }
  const char = template[at]!;
  if (char === '"' || char === '`') throw parseError(template, at, 'unterminated quoted string');
  throw parseError(template, at, `unexpected ${JSON.stringify(char)} in command`);
}

/** An error of the parser: the line, and what is wrong. */
export function parseError(template: string, at: number, message: string): TemplateError {
  return new TemplateError(`template: :${lineOf(template, at)}: ${message}`);
}

export function lineOf(template: string, at: number): number {
  return template.slice(0, at).split('\n').length;
}
