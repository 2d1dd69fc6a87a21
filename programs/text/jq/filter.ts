/** A filter that jq does not understand, or that uses what is not modelled. */
export class JqError extends Error {}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A filter gives any number of outputs for an input. */
export type Filter = (input: Json) => Json[];

export function typeName(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

export function truth(value: Json): boolean {
  return value !== null && value !== false;
}

/** jq's order of values: null, false, true, numbers, strings, arrays, objects. */
export function compareJson(a: Json, b: Json): number {
  const rank = (value: Json) =>
    value === null
      ? 0
      : value === false
        ? 1
        : value === true
          ? 2
          : ['number', 'string', 'array', 'object'].indexOf(typeName(value)) + 3;
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (typeof a === 'number' || typeof a === 'string') return a < b! ? -1 : a > b! ? 1 : 0;
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      const order = compareJson(a[i]!, b[i]!);
      if (order !== 0) return order;
    }
    return a.length - b.length;
  }
  if (!isObject(a) || !isObject(b)) return 0;
  const keys = compareJson(Object.keys(a).sort(), Object.keys(b).sort());
  if (keys !== 0) return keys;
  return compareJson(sortedValues(a), sortedValues(b));
}

function sortedValues(object: { [key: string]: Json }): Json[] {
  return Object.keys(object)
    .sort()
    .map((key) => object[key]!);
}

export function isObject(value: Json): value is { [key: string]: Json } {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** An object with a key more, in its place; own properties only, whatever the name. */
export function withKey(object: { [key: string]: Json }, key: string, value: Json): { [key: string]: Json } {
  return Object.fromEntries([...Object.entries(object).filter(([name]) => name !== key), [key, value]]);
}

/** `.name` and `.[index]` */
export function index(value: Json, key: Json): Json {
  if (value === null && (typeof key === 'string' || typeof key === 'number')) return null;
  if (isObject(value) && typeof key === 'string') return Object.hasOwn(value, key) ? value[key]! : null;
  if (Array.isArray(value) && typeof key === 'number') {
    const at = Math.floor(key);
    return value[at < 0 ? value.length + at : at] ?? null;
  }
  const shown = typeof key === 'string' ? `"${key}"` : typeName(key);
  throw new JqError(`Cannot index ${typeName(value)} with ${shown}`);
}

/** `.[]` */
export function iterate(value: Json): Json[] {
  if (Array.isArray(value)) return value;
  if (isObject(value)) return Object.values(value);
  throw new JqError(
    `Cannot iterate over ${value === null ? 'null' : `${typeName(value)} (${JSON.stringify(value)})`}`,
  );
}

/** `+ - * / %` */
export function arithmetic(operator: string, a: Json, b: Json): Json {
  if (operator === '+') {
    if (a === null) return b;
    if (b === null) return a;
    if (typeof a === 'string' && typeof b === 'string') return a + b;
    if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
    if (isObject(a) && isObject(b)) return Object.fromEntries([...Object.entries(a), ...Object.entries(b)]);
  }
  if (operator === '-' && Array.isArray(a) && Array.isArray(b)) {
    return a.filter((item) => !b.some((other) => compareJson(item, other) === 0));
  }
  if (operator === '/' && typeof a === 'string' && typeof b === 'string') return a.split(b);
  if (typeof a !== 'number' || typeof b !== 'number') {
    const verbs: Record<string, string> = {
      '+': 'added',
      '-': 'subtracted',
      '*': 'multiplied',
      '/': 'divided',
      '%': 'divided',
    };
    throw new JqError(`${typeName(a)} and ${typeName(b)} cannot be ${verbs[operator]}`);
  }
  if ((operator === '/' || operator === '%') && b === 0)
    throw new JqError('cannot be divided because the divisor is zero');
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    default:
      return Math.trunc(a) % Math.trunc(b);
  }
}
