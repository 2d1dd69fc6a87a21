import type { Program } from '../../../core/host/program.ts';
import { parseArguments } from '../../arguments.ts';
import { complain, readOperands } from '../operands.ts';
import { JqError, type Filter, type Json } from './filter.ts';
import { formatJson } from './format.ts';
import { compileJq } from './parser.ts';

/**
 * `jq [-r] [-c] [-s] [-S] [-e] [-n] [-j] filter [file…]`. Not modelled, and refused by name: variables, reduce, def,
 * try, assignment, formats (@csv …).
 */
export const jq: Program = function* (proc) {
  const args = parseArguments(proc, {
    short: 'rcsSenjM',
    long: {
      'raw-output': 'r',
      'compact-output': 'c',
      slurp: 's',
      'sort-keys': 'S',
      'exit-status': 'e',
      'null-input': 'n',
      'join-output': 'j',
    },
  });
  if (args === null) return 2;
  const [text, ...files] = args.operands;
  let filter: Filter;
  try {
    filter = compileJq(text ?? '.');
  } catch (error) {
    if (!(error instanceof JqError)) throw error;
    return complain(proc, `error: ${error.message}\njq: 1 compile error`, 3);
  }
  let inputs: Json[] = [null];
  if (!args.has('n')) {
    const { text: input, failed } = yield* readOperands(
      proc,
      files,
      (file, reason) => `error: Could not open ${file}: ${reason}`,
    );
    if (failed) return 2;
    const parsed = parseDocuments(input);
    if (typeof parsed === 'string') return complain(proc, `error (at <stdin>:0): ${parsed}`, 2);
    inputs = args.has('s') ? [parsed] : parsed;
  }
  let status = 0;
  let last: Json = null;
  for (const input of inputs) {
    try {
      for (const output of filter(input)) {
        last = output;
        const raw = (args.has('r') || args.has('j')) && typeof output === 'string';
        const shown = raw ? output : formatJson(output, args.has('c') ? 0 : 2, args.has('S'));
        proc.print(args.has('j') ? shown : `${shown}\n`);
      }
    } catch (error) {
      if (!(error instanceof JqError)) throw error;
      status = complain(proc, `error (at <stdin>:0): ${error.message}`, 5);
    }
  }
  return status === 0 && args.has('e') ? (last === null || last === false ? 1 : 0) : status;
};

/** The JSON values of a text, one after another; a message when it is not JSON. */
function parseDocuments(text: string): Json[] | string {
  const documents: Json[] = [];
  let start = 0;
  for (const end of documentEnds(text)) {
    const piece = text.slice(start, end).trim();
    start = end;
    if (piece === '') continue;
    try {
      documents.push(JSON.parse(piece) as Json);
    } catch {
      return `Invalid JSON text: ${piece.slice(0, 40)}`;
    }
  }
  return documents;
}

/** Where values end: where a bracket closes the outermost, and at whitespace between plain values. */
function* documentEnds(text: string): Generator<number> {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (inString) {
      if (character === '\\') i++;
      else if (character === '"') inString = false;
      continue;
    }
    if (character === '"') inString = true;
    else if (character === '{' || character === '[') depth++;
    else if ((character === '}' || character === ']') && --depth <= 0) yield i + 1;
    else if (depth === 0 && /\s/.test(character)) yield i + 1;
  }
  yield text.length;
}
