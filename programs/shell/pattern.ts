/**
 * Patterns of the shell (POSIX XCU 2.13): `*`, `?`, `[…]` and backslash. Text that was quoted is handed in with a
 * backslash before each character that would mean something.
 */

/** Quotes a literal text for a pattern. */
export function escapePattern(text: string): string {
  return text.replace(/[*?[\]\\]/g, '\\$&');
}

export function hasPattern(pattern: string): boolean {
  return /(^|[^\\])(\\\\)*[*?[]/.test(pattern);
}

/** Takes the quoting backslashes of a pattern away. */
export function unescapePattern(pattern: string): string {
  return pattern.replace(/\\(.)/gs, '$1');
}

/** The source of a regular expression for a pattern, without anchors; `lazy` makes `*` take as little as it can. */
export function patternSource(pattern: string, lazy = false): string {
  let source = '';
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i]!;
    if (character === '*') source += lazy ? '[^]*?' : '[^]*';
    else if (character === '?') source += '[^]';
    else if (character === '\\' && i + 1 < pattern.length) source += escapeRegExp(pattern[++i]!);
    else if (character === '[') {
      const end = bracketEnd(pattern, i);
      source += end < 0 ? '\\[' : bracketSource(pattern.slice(i + 1, end));
      if (end >= 0) i = end;
    } else source += escapeRegExp(character);
  }
  return source;
}

export function matchesPattern(pattern: string, text: string): boolean {
  return new RegExp(`^(?:${patternSource(pattern)})$`).test(text);
}

export function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

const CLASSES: Record<string, string> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`{-~',
  print: ' -~',
  graph: '!-~',
  cntrl: '\\x00-\\x1f\\x7f',
  xdigit: '0-9A-Fa-f',
};

/** The index of the `]` that closes the bracket at `start`, or -1. */
export function bracketEnd(text: string, start: number): number {
  let i = start + 1;
  if (text[i] === '!' || text[i] === '^') i++;
  if (text[i] === ']') i++;
  for (; i < text.length; i++) {
    if (text.startsWith('[:', i)) {
      const end = text.indexOf(':]', i + 2);
      if (end > 0) i = end + 1;
    } else if (text[i] === ']') return i;
  }
  return -1;
}

/** A bracket expression for JavaScript, from what stands between the brackets. */
export function bracketSource(inside: string): string {
  const negated = inside.startsWith('!') || inside.startsWith('^');
  let rest = negated ? inside.slice(1) : inside;
  let set = '';
  while (rest !== '') {
    const named = /^\[:([a-z]+):\]/.exec(rest);
    const characters = named === null ? undefined : CLASSES[named[1]!];
    if (named !== null && characters !== undefined) {
      set += characters;
      rest = rest.slice(named[0].length);
      continue;
    }
    const range = /^([^])-([^\]])/.exec(rest);
    if (range !== null && range[1]! <= range[2]!) {
      set += `${escapeRegExp(range[1]!)}-${escapeRegExp(range[2]!)}`;
      rest = rest.slice(3);
      continue;
    }
    set += escapeRegExp(rest[0]!);
    rest = rest.slice(1);
  }
  return `[${negated ? '^' : ''}${set}]`;
}
