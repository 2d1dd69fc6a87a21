import { bracketEnd, bracketSource, escapeRegExp } from '../shell/pattern.ts';

/** A pattern that is no regular expression. */
export class RegularExpressionError extends Error {}

/**
 * A POSIX regular expression in JavaScript's, basic (`\(`, `\{`, `\|` and `\+` are the operators) or extended.
 * Not modelled: leftmost-longest choice between alternatives; the first that matches is taken.
 */
export function translateRegularExpression(pattern: string, extended: boolean): string {
  let source = '';
  /** Whether something is there that a `*` can repeat. */
  let atom = false;
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i]!;
    if (character === '[') {
      const end = bracketEnd(pattern, i);
      if (end < 0) throw new RegularExpressionError('Unmatched [, [^, [:, [., or [=');
      // In a regular expression `!` does not negate.
      const inside = pattern.slice(i + 1, end);
      source += inside.startsWith('!') ? bracketSource(`${inside.slice(1)}!`) : bracketSource(inside);
      i = end;
      atom = true;
      continue;
    }
    let operator = extended ? '(){}|+?'.includes(character) : false;
    let text = character;
    if (character === '\\') {
      if (i + 1 >= pattern.length) throw new RegularExpressionError('Trailing backslash');
      text = pattern[++i]!;
      if (/[wWsSbB<>'`1-9]/.test(text)) {
        source += BACKSLASHED[text] ?? `\\${text}`;
        atom = true;
        continue;
      }
      operator = !extended && '(){}|+?'.includes(text);
      if (!operator) {
        source += escapeRegExp(text);
        atom = true;
        continue;
      }
    }
    if (text === '{' && operator) {
      const interval = /^\d*(,\d*)?/.exec(pattern.slice(i + 1))![0];
      const close = extended ? '}' : '\\}';
      if (interval !== '' && atom && pattern.startsWith(close, i + 1 + interval.length)) {
        source += `{${interval.startsWith(',') ? `0${interval}` : interval}}`;
        i += interval.length + close.length;
      } else if (extended) source += '\\{';
      else throw new RegularExpressionError('Unmatched \\{');
      continue;
    }
    if (text === '*' || (operator && (text === '+' || text === '?'))) {
      source += atom ? text : escapeRegExp(text);
      atom = true;
    } else if (text === '^') {
      const anchor = extended || source === '' || source.endsWith('(') || source.endsWith('|');
      source += anchor ? '^' : '\\^';
      atom = !anchor;
    } else if (text === '$') {
      const rest = pattern.slice(i + 1);
      const anchor = extended || rest === '' || rest.startsWith('\\)') || rest.startsWith('\\|');
      source += anchor ? '$' : '\\$';
      atom = !anchor;
    } else if (text === '.') {
      source += '[^\\n]';
      atom = true;
    } else if (operator && (text === '(' || text === ')' || text === '|')) {
      source += text;
      atom = text === ')';
    } else {
      source += escapeRegExp(text);
      atom = true;
    }
  }
  return source;
}

const BACKSLASHED: Record<string, string> = { '<': '\\b(?=\\w)', '>': '\\b(?<=\\w)', "'": '$', '`': '^' };

/** Compiles a POSIX regular expression; throws `RegularExpressionError`. */
export function compileRegularExpression(pattern: string, extended: boolean, flags: string): RegExp {
  const source = translateRegularExpression(pattern, extended);
  try {
    return new RegExp(source, flags);
  } catch {
    throw new RegularExpressionError('Invalid regular expression');
  }
}
