import { isGoMap, isGoStruct, sortedEntries, type GoValue } from './go-value.ts';

/** JSON as Go's encoder writes it: fields of structs in their order, keys of maps sorted, no escapes for HTML. */
export function goJson(value: GoValue, indent = 0): string {
  return write(value, indent, '');
}

function write(value: GoValue, indent: number, margin: string): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'string') {
    return JSON.stringify(value).replace(/[\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`);
  }
  if (typeof value !== 'object') return String(value);
  const inner = margin + ' '.repeat(indent);
  if (Array.isArray(value)) {
    return bracketed(
      '[',
      ']',
      value.map((each: GoValue) => write(each, indent, inner)),
      indent,
      margin,
    );
  }
  const entries = isGoMap(value) ? sortedEntries(value) : isGoStruct(value) ? Object.entries(value) : [];
  const fields = entries
    .filter(([, each]) => each !== undefined)
    .map(([key, each]) => `${JSON.stringify(key)}:${indent > 0 ? ' ' : ''}${write(each, indent, inner)}`);
  return bracketed('{', '}', fields, indent, margin);
}

function bracketed(
  open: string,
  close: string,
  items: readonly string[],
  indent: number,
  margin: string,
): string {
  if (items.length === 0) return open + close;
  if (indent === 0) return open + items.join(',') + close;
  const inner = margin + ' '.repeat(indent);
  return `${open}\n${items.map((item) => inner + item).join(',\n')}\n${margin}${close}`;
}
