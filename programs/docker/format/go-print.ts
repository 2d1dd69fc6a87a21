/** fmt.Print and fmt.Printf, as far as templates use them. */
import { isGoMap, isGoStruct, sortedEntries, type GoValue } from './go-value.ts';

/** What `{{x}}` prints: fmt's %v, and `<no value>` for a missing key. */
export function goPrint(value: GoValue): string {
  if (value === undefined) return '<no value>';
  return verbV(value);
}

function verbV(value: GoValue): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map((each: GoValue) => verbV(each)).join(' ')}]`;
  if (isGoMap(value)) {
    return `map[${sortedEntries(value)
      .map(([key, each]) => `${key}:${verbV(each)}`)
      .join(' ')}]`;
  }
  if (isGoStruct(value)) return `{${Object.values(value).map(verbV).join(' ')}}`;
  return String(value);
}

const VERB = /%([-+# 0]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g;

/** fmt.Sprintf with %s %v %d %q %t %x %f, flags - and 0, width and precision. */
export function goPrintf(format: string, args: readonly GoValue[]): string {
  let next = 0;
  const text = format.replace(VERB, (_, flags: string, width?: string, precision?: string, verb = 'v') => {
    if (verb === '%') return '%';
    if (next >= args.length) return `%!${verb}(MISSING)`;
    const formatted = formatVerb(verb, args[next++], precision);
    const size = Number(width ?? 0);
    if (flags.includes('-')) return formatted.padEnd(size);
    return formatted.padStart(size, flags.includes('0') && verb !== 's' && verb !== 'q' ? '0' : ' ');
  });
  if (next >= args.length) return text;
  const extra = args.slice(next).map((each) => `${typeName(each)}=${verbV(each)}`);
  return `${text}%!(EXTRA ${extra.join(', ')})`;
}

function formatVerb(verb: string, value: GoValue, precision: string | undefined): string {
  const limit = precision === undefined ? undefined : Number(precision);
  switch (verb) {
    case 's':
      return typeof value === 'number' ? `%!s(${typeName(value)}=${value})` : verbV(value).slice(0, limit);
    case 'v':
      return verbV(value);
    case 'q':
      return JSON.stringify(verbV(value).slice(0, limit));
    case 'd':
      return typeof value === 'number'
        ? String(Math.trunc(value))
        : `%!d(${typeName(value)}=${verbV(value)})`;
    case 't':
      return typeof value === 'boolean' ? String(value) : `%!t(${typeName(value)}=${verbV(value)})`;
    case 'x':
      return typeof value === 'number' ? value.toString(16) : hexText(verbV(value));
    case 'f':
      return typeof value === 'number'
        ? value.toFixed(limit ?? 6)
        : `%!f(${typeName(value)}=${verbV(value)})`;
    default:
      return `%!${verb}(${typeName(value)}=${verbV(value)})`;
  }
}

function hexText(text: string): string {
  return [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function typeName(value: GoValue): string {
  if (typeof value === 'string') return 'string';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float64';
  if (typeof value === 'boolean') return 'bool';
  return 'interface {}';
}
