import type { Word } from './ast.ts';

/** What a range or its product may come to. */
const MAX_WORDS = 10_000;

/**
 * bash's `{a,b}` and `{1..5}`. Only braces that stand unquoted in one piece are expanded: not those with a
 * variable or a quote between them.
 */
export function expandBraces(word: Word): Word[] {
  let words: Word[] = [{ parts: [] }];
  for (const part of word.parts) {
    const texts = part.kind === 'literal' && !part.quoted ? expandText(part.text) : null;
    const choices =
      texts === null ? [part] : texts.map((text) => ({ kind: 'literal', text, quoted: false }) as const);
    if (words.length * choices.length > MAX_WORDS) return [word];
    words = words.flatMap(({ parts }) => choices.map((choice) => ({ parts: [...parts, choice] })));
  }
  return words;
}

function expandText(text: string): string[] {
  for (let open = text.indexOf('{'); open >= 0; open = text.indexOf('{', open + 1)) {
    const close = closingBrace(text, open);
    if (close < 0) continue;
    const choices = alternatives(text.slice(open + 1, close));
    if (choices === null) continue;
    const before = text.slice(0, open);
    const after = expandText(text.slice(close + 1));
    const middle = choices.flatMap((choice) => expandText(choice));
    if (middle.length * after.length > MAX_WORDS) return [text];
    return middle.flatMap((choice) => after.map((rest) => before + choice + rest));
  }
  return [text];
}

function closingBrace(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === '{') depth++;
    if (text[i] === '}' && --depth === 0) return i;
  }
  return -1;
}

function alternatives(inside: string): string[] | null {
  const range = /^(-?\d+|[A-Za-z])\.\.(-?\d+|[A-Za-z])(?:\.\.(-?\d+))?$/.exec(inside);
  if (range !== null) return rangeOf(range[1]!, range[2]!, range[3]);
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < inside.length; i++) {
    if (inside[i] === '{') depth++;
    else if (inside[i] === '}') depth--;
    else if (inside[i] === ',' && depth === 0) {
      parts.push(inside.slice(start, i));
      start = i + 1;
    }
  }
  if (parts.length === 0) return null;
  parts.push(inside.slice(start));
  return parts;
}

function rangeOf(from: string, to: string, by: string | undefined): string[] | null {
  const numeric = /\d$/.test(from);
  if (numeric !== /\d$/.test(to)) return null;
  const first = numeric ? Number(from) : from.charCodeAt(0);
  const last = numeric ? Number(to) : to.charCodeAt(0);
  const step = Math.abs(Number(by ?? 1)) || 1;
  if (Math.abs(last - first) / step >= MAX_WORDS) return null;
  const padded = numeric && /^-?0\d/.test(`${from}`) ? from.length : 0;
  const values: string[] = [];
  const direction = last >= first ? step : -step;
  for (let value = first; direction > 0 ? value <= last : value >= last; value += direction) {
    values.push(numeric ? String(value).padStart(padded, '0') : String.fromCharCode(value));
  }
  return values;
}
