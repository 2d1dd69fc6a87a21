import { isObject, type Json } from './filter.ts';

/** A value as jq prints it; `indent` 0 is one line. */
export function formatJson(value: Json, indent: number, sortKeys: boolean): string {
  return format(value, indent, sortKeys, '');
}

function format(value: Json, indent: number, sortKeys: boolean, margin: string): string {
  const inner = margin + ' '.repeat(indent);
  const [open, separator, close] =
    indent === 0 ? ['', ',', ''] : [`\n${inner}`, `,\n${inner}`, `\n${margin}`];
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return `[${open}${value.map((item) => format(item, indent, sortKeys, inner)).join(separator)}${close}]`;
  }
  if (!isObject(value)) return JSON.stringify(value);
  const keys = sortKeys ? Object.keys(value).sort() : Object.keys(value);
  if (keys.length === 0) return '{}';
  const colon = indent === 0 ? ':' : ': ';
  const members = keys.map(
    (key) => `${JSON.stringify(key)}${colon}${format(value[key]!, indent, sortKeys, inner)}`,
  );
  return `{${open}${members.join(separator)}${close}}`;
}
