/** What a file may be, so that reading it takes bounded time, memory and stack. */
import { Lexer } from 'yaml';

/** Longest file, in characters. */
export const MAX_TEXT = 1 << 20;
/** Deepest nesting of lists and maps. */
const MAX_DEPTH = 64;
const MAX_INDENT = 256;

const OPENING = new Set(['[', '{']);
const CLOSING = new Set([']', '}']);
const NESTING = new Set(['-', '?', ':']);

/** The offset at which the text nests deeper than is read, or -1. Takes the lexer's tokens: no recursion. */
export function tooDeepAt(text: string): number {
  let offset = 0;
  let flowDepth = 0;
  let lineStart = 0;
  let indicators = 0;
  let indented = false;
  for (const token of new Lexer().lex(text)) {
    if (OPENING.has(token)) flowDepth++;
    else if (CLOSING.has(token)) flowDepth = Math.max(0, flowDepth - 1);
    else if (NESTING.has(token) && flowDepth === 0) {
      indicators++;
      const indent = indented ? 0 : text.slice(lineStart, offset).search(/[^ ]|$/);
      if (indent > MAX_INDENT) return offset;
      indented = true;
    }
    if (flowDepth > MAX_DEPTH || indicators > MAX_DEPTH) return offset;
    // The lexer's own marks (start of document, of a scalar, of a flow scalar's end) stand for no text.
    if (!/^[\u0002\u0018\u001f\ufeff]$/.test(token)) offset += token.length;
    if (token.includes('\n')) {
      lineStart = offset;
      indicators = 0;
      indented = false;
    }
  }
  return -1;
}
