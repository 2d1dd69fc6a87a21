/** The functions of templates: Go's own (text/template/funcs.go) and docker's (docker/cli templates.go). */
import { goJson } from './go-json.ts';
import { goPrint, goPrintf } from './go-print.ts';
import { isGoMap, isGoStruct, isTrue, type GoValue } from './go-value.ts';

/** A function that refuses its arguments; the evaluator adds where. */
export class TemplateCallError extends Error {}

type TemplateFunction = (args: readonly GoValue[]) => GoValue;

function text(value: GoValue): string {
  if (typeof value !== 'string')
    throw new TemplateCallError(`wrong type for value; expected string; got ${typeOf(value)}`);
  return value;
}

function typeOf(value: GoValue): string {
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'number') return 'int';
  if (typeof value === 'boolean') return 'bool';
  if (Array.isArray(value)) return '[]interface {}';
  return isGoMap(value) ? 'map[string]interface {}' : 'struct';
}

function lengthOf(value: GoValue): number {
  if (typeof value === 'string') return new TextEncoder().encode(value).length;
  if (Array.isArray(value)) return value.length;
  if (isGoMap(value)) return value.size;
  throw new TemplateCallError(
    `error calling len: len of ${value === null ? 'nil pointer' : `type ${typeOf(value)}`}`,
  );
}

function index([value, ...keys]: readonly GoValue[]): GoValue {
  let current = value;
  for (const key of keys) {
    if (current === null || current === undefined)
      throw new TemplateCallError('error calling index: index of untyped nil');
    if (Array.isArray(current)) {
      const position = Number(key);
      if (!(position >= 0 && position < current.length)) {
        throw new TemplateCallError(`error calling index: index out of range: ${goPrint(key)}`);
      }
      current = current[position] as GoValue;
    } else if (isGoMap(current)) {
      current = current.get(goPrint(key));
    } else {
      throw new TemplateCallError(`error calling index: can't index item of type ${typeOf(current)}`);
    }
  }
  return current;
}

function slice([value, from, to]: readonly GoValue[]): GoValue {
  const start = from === undefined ? 0 : Number(from);
  const end = to === undefined ? undefined : Number(to);
  if (typeof value === 'string' || Array.isArray(value)) return value.slice(start, end) as GoValue;
  throw new TemplateCallError(`error calling slice: can't slice item of type ${typeOf(value ?? null)}`);
}

function compare(a: GoValue, b: GoValue): number {
  if (typeof a !== typeof b) throw new TemplateCallError('incompatible types for comparison');
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  throw new TemplateCallError('invalid type for comparison');
}

function equal(a: GoValue, b: GoValue): boolean {
  if (a === undefined || a === null || b === undefined || b === null) return (a ?? null) === (b ?? null);
  if (typeof a !== typeof b) throw new TemplateCallError('incompatible types for comparison');
  if (isGoStruct(a) || isGoMap(a) || Array.isArray(a))
    throw new TemplateCallError('invalid type for comparison');
  return a === b;
}

function html(value: string): string {
  const escapes: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&#34;',
    "'": '&#39;',
  };
  return value.replace(/[&<>"']/g, (char) => escapes[char]!);
}

/** Spaces before and after a text that is not empty. */
function pad([value, before, after]: readonly GoValue[]): string {
  const source = text(value);
  return source === '' ? source : ' '.repeat(Number(before)) + source + ' '.repeat(Number(after));
}

export const TEMPLATE_FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  and: (args) => args.find((arg) => !isTrue(arg)) ?? args.at(-1),
  or: (args) => args.find(isTrue) ?? args.at(-1),
  not: ([value]) => !isTrue(value),
  len: ([value]) => lengthOf(value ?? null),
  index,
  slice,
  print: (args) => args.map(goPrint).join(''),
  printf: ([format, ...args]) => goPrintf(text(format), args),
  println: (args) => `${args.map(goPrint).join(' ')}\n`,
  html: (args) => html(args.map(goPrint).join('')),
  js: (args) => JSON.stringify(args.map(goPrint).join('')).slice(1, -1).replaceAll("'", "\\'"),
  urlquery: (args) => encodeURIComponent(args.map(goPrint).join('')).replaceAll('%20', '+'),
  eq: ([first, ...others]) => others.some((other) => equal(first, other)),
  ne: ([a, b]) => !equal(a, b),
  lt: ([a, b]) => compare(a, b) < 0,
  le: ([a, b]) => compare(a, b) <= 0,
  gt: ([a, b]) => compare(a, b) > 0,
  ge: ([a, b]) => compare(a, b) >= 0,
  json: ([value]) => goJson(value),
  split: ([value, separator]) => text(value).split(text(separator)),
  join: ([values, separator]) => {
    if (values === null || values === undefined) return '';
    if (!Array.isArray(values))
      throw new TemplateCallError(`wrong type for value; expected []string; got ${typeOf(values)}`);
    return values.map((each: GoValue) => goPrint(each)).join(text(separator));
  },
  title: ([value]) => text(value).replace(/(^|\s)\S/g, (start) => start.toUpperCase()),
  lower: ([value]) => text(value).toLowerCase(),
  upper: ([value]) => text(value).toUpperCase(),
  pad,
  truncate: ([value, length]) => text(value).slice(0, Number(length)),
};
