import {
  arithmetic,
  compareJson,
  isObject,
  iterate,
  JqError,
  truth,
  typeName,
  type Filter,
  type Json,
} from './filter.ts';
import { formatJson } from './format.ts';

type JqFunction = (input: Json, args: readonly Filter[]) => Json[];

/** jq's functions by name and number of arguments. */
export const FUNCTIONS: ReadonlyMap<string, JqFunction> = new Map<string, JqFunction>([
  ['keys/0', (input) => [keys(input)]],
  ['keys_unsorted/0', (input) => [isObject(input) ? Object.keys(input) : keys(input)]],
  ['length/0', (input) => [length(input)]],
  ['values/0', (input) => (input === null ? [] : [input])],
  ['empty/0', () => []],
  ['not/0', (input) => [!truth(input)]],
  ['type/0', (input) => [typeName(input)]],
  ['tostring/0', (input) => [typeof input === 'string' ? input : formatJson(input, 0, false)]],
  ['tojson/0', (input) => [formatJson(input, 0, false)]],
  ['tonumber/0', (input) => [toNumber(input)]],
  ['add/0', (input) => [iterate(input).reduce<Json>((sum, item) => arithmetic('+', sum, item), null)]],
  ['any/0', (input) => [iterate(input).some(truth)]],
  ['all/0', (input) => [iterate(input).every(truth)]],
  ['first/0', (input) => [array(input)[0] ?? null]],
  ['last/0', (input) => [array(input).at(-1) ?? null]],
  ['reverse/0', (input) => [[...array(input)].reverse()]],
  ['sort/0', (input) => [[...array(input)].sort(compareJson)]],
  ['unique/0', (input) => [unique([...array(input)].sort(compareJson))]],
  ['min/0', (input) => [[...array(input)].sort(compareJson)[0] ?? null]],
  ['max/0', (input) => [[...array(input)].sort(compareJson).at(-1) ?? null]],
  ['flatten/0', (input) => [flatten(array(input))]],
  ['ascii_downcase/0', (input) => [text(input).toLowerCase()]],
  ['ascii_upcase/0', (input) => [text(input).toUpperCase()]],
  ['to_entries/0', (input) => [Object.entries(object(input)).map(([key, value]) => ({ key, value }))]],
  [
    'from_entries/0',
    (input) => [
      Object.fromEntries(
        iterate(input).map((entry) => [
          text(object(entry)['key'] ?? object(entry)['name'] ?? ''),
          object(entry)['value'] ?? null,
        ]),
      ),
    ],
  ],
  ['select/1', (input, [condition]) => condition!(input).flatMap((value) => (truth(value) ? [input] : []))],
  ['map/1', (input, [filter]) => [iterate(input).flatMap((item) => filter!(item))]],
  ['map_values/1', (input, [filter]) => [mapValues(input, filter!)]],
  [
    'has/1',
    (input, [key]) =>
      key!(input).map((name) =>
        Array.isArray(input) ? Number(name) < input.length : Object.hasOwn(object(input), String(name)),
      ),
  ],
  ['contains/1', (input, [other]) => other!(input).map((value) => contains(input, value))],
  [
    'join/1',
    (input, [separator]) =>
      separator!(input).map((by) =>
        iterate(input)
          .map((item) => (item === null ? '' : String(item)))
          .join(text(by)),
      ),
  ],
  ['split/1', (input, [separator]) => separator!(input).map((by) => text(input).split(text(by)))],
  ['startswith/1', (input, [prefix]) => prefix!(input).map((value) => text(input).startsWith(text(value)))],
  ['endswith/1', (input, [suffix]) => suffix!(input).map((value) => text(input).endsWith(text(value)))],
  [
    'ltrimstr/1',
    (input, [prefix]) =>
      prefix!(input).map((value) =>
        text(input).startsWith(text(value)) ? text(input).slice(text(value).length) : input,
      ),
  ],
  [
    'rtrimstr/1',
    (input, [suffix]) =>
      suffix!(input).map((value) =>
        text(value) !== '' && text(input).endsWith(text(value))
          ? text(input).slice(0, -text(value).length)
          : input,
      ),
  ],
  ['test/1', (input, [pattern]) => pattern!(input).map((value) => regex(text(value)).test(text(input)))],
  ['sort_by/1', (input, [by]) => [[...array(input)].sort((a, b) => compareJson(by!(a), by!(b)))]],
  ['first/1', (input, [filter]) => filter!(input).slice(0, 1)],
]);

function keys(input: Json): Json[] {
  if (Array.isArray(input)) return input.map((_, i) => i);
  if (isObject(input)) return Object.keys(input).sort();
  throw new JqError(`${typeName(input)} has no keys`);
}

function length(input: Json): number {
  if (input === null) return 0;
  if (typeof input === 'string') return [...input].length;
  if (typeof input === 'number') return Math.abs(input);
  if (typeof input === 'boolean') throw new JqError(`boolean (${input}) has no length`);
  return Array.isArray(input) ? input.length : Object.keys(input).length;
}

function toNumber(input: Json): number {
  if (typeof input === 'number') return input;
  if (typeof input === 'string' && input.trim() !== '' && Number.isFinite(Number(input)))
    return Number(input);
  throw new JqError(`${typeName(input)} (${formatJson(input, 0, false)}) cannot be parsed as a number`);
}

function mapValues(input: Json, filter: Filter): Json {
  if (Array.isArray(input)) return input.flatMap((item) => filter(item).slice(0, 1));
  return Object.fromEntries(
    Object.entries(object(input)).flatMap(([key, value]) =>
      filter(value)
        .slice(0, 1)
        .map((result) => [key, result]),
    ),
  );
}

function contains(value: Json, part: Json): boolean {
  if (typeof value === 'string' && typeof part === 'string') return value.includes(part);
  if (Array.isArray(value) && Array.isArray(part))
    return part.every((item) => value.some((each) => contains(each, item)));
  if (isObject(value) && isObject(part)) {
    return Object.entries(part).every(
      ([key, item]) => Object.hasOwn(value, key) && contains(value[key]!, item),
    );
  }
  return compareJson(value, part) === 0;
}

function flatten(items: readonly Json[]): Json[] {
  return items.flatMap((item) => (Array.isArray(item) ? flatten(item) : [item]));
}

function unique(sorted: readonly Json[]): Json[] {
  return sorted.filter((item, i) => i === 0 || compareJson(sorted[i - 1]!, item) !== 0);
}

function regex(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch {
    throw new JqError(`${pattern} is not a regular expression`);
  }
}

function array(value: Json): Json[] {
  if (Array.isArray(value)) return value;
  throw new JqError(`Cannot index ${typeName(value)} with number`);
}

function object(value: Json): { [key: string]: Json } {
  if (isObject(value)) return value;
  throw new JqError(`${typeName(value)} has no keys`);
}

function text(value: Json): string {
  if (typeof value === 'string') return value;
  throw new JqError(`${typeName(value)} (${formatJson(value, 0, false)}) is not a string`);
}
