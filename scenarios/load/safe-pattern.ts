import { FormatError } from '../../programs/compose-file/schema/format-error.ts';

const MAX_LENGTH = 1000;

/**
 * Compiles a regular expression from a stranger's file. A repetition within a repetition and back references
 * are refused: they are what makes matching take exponential time.
 */
export function compilePattern(text: string): RegExp {
  if (text.length > MAX_LENGTH) throw new FormatError(`a pattern has at most ${MAX_LENGTH} characters`);
  let pattern: RegExp;
  try {
    pattern = new RegExp(text, 'm');
  } catch (error) {
    throw new FormatError(
      (error as Error).message.replace(/^Invalid regular expression: /, 'not a pattern: '),
    );
  }
  if (repeatsWithinRepeat(text)) {
    throw new FormatError(
      `the pattern ${text} repeats within a repetition`,
      'matching it could take forever; simplify it',
    );
  }
  return pattern;
}

function repeatsWithinRepeat(text: string): boolean {
  const groups: boolean[] = [];
  let closedRepeats = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    const afterGroup = closedRepeats;
    closedRepeats = false;
    if (char === '\\') {
      if (/[1-9k]/.test(text[i + 1] ?? '')) return true;
      i++;
    } else if (char === '[') {
      while (i < text.length && text[i] !== ']') i += text[i] === '\\' ? 2 : 1;
    } else if (char === '(') {
      groups.push(false);
    } else if (char === ')') {
      closedRepeats = groups.pop() ?? false;
      if (closedRepeats && groups.length > 0) groups[groups.length - 1] = true;
    } else if (char === '*' || char === '+' || /^\{\d+,/.test(text.slice(i, i + 12))) {
      if (afterGroup) return true;
      if (groups.length > 0) groups[groups.length - 1] = true;
    }
  }
  return false;
}
