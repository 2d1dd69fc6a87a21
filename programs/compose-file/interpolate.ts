/** Compose's interpolation (Compose specification, chapter "Interpolation"), from a given map of variables. */
import { FormatError } from './schema/format-error.ts';
import type { Path } from './yaml-source.ts';

export type Variables = Readonly<Record<string, string>>;

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const MAX_LENGTH = 1 << 16;

export interface Interpolated {
  readonly text: string;
  /** Variables without a value and without a default; Compose puts nothing in their place, and warns. */
  readonly unset: readonly string[];
}

/** Replaces $NAME, ${NAME}, ${NAME:-default}, ${NAME-default}, ${NAME:?message}, ${NAME:+other}; $$ is $. */
export function interpolate(text: string, variables: Variables, depth = 0): Interpolated {
  if (depth > 16) throw new FormatError('variables are nested too deeply');
  const unset: string[] = [];
  let out = '';
  let at = 0;
  while (at < text.length) {
    const dollar = text.indexOf('$', at);
    if (dollar < 0) break;
    out += text.slice(at, dollar);
    if (text[dollar + 1] === '$') {
      out += '$';
      at = dollar + 2;
      continue;
    }
    const braced = text[dollar + 1] === '{';
    NAME.lastIndex = dollar + (braced ? 2 : 1);
    const name = NAME.exec(text)?.[0];
    if (name === undefined)
      throw new FormatError(`"${text}": no variable's name after $`, 'write $$ for a plain $', dollar);
    if (!braced) {
      out += valueOf(name, variables, unset);
      at = NAME.lastIndex;
      continue;
    }
    const afterName = NAME.lastIndex;
    const end = closingBrace(text, afterName);
    if (end < 0)
      throw new FormatError(`"${text}": \${ is not closed`, 'write ${NAME} or ${NAME:-default}', dollar);
    const inner = substitute(name, text.slice(afterName, end), variables, depth);
    out += inner.text;
    unset.push(...inner.unset);
    at = end + 1;
  }
  out += text.slice(at);
  if (out.length > MAX_LENGTH) throw new FormatError('too long once its variables are replaced');
  return { text: out, unset };
}

function valueOf(name: string, variables: Variables, unset: string[]): string {
  if (Object.hasOwn(variables, name)) return variables[name]!;
  unset.push(name);
  return '';
}

function substitute(name: string, rest: string, variables: Variables, depth: number): Interpolated {
  const value = Object.hasOwn(variables, name) ? variables[name]! : undefined;
  if (rest === '') return value === undefined ? { text: '', unset: [name] } : { text: value, unset: [] };
  const match = /^(:?)([-?+])([\s\S]*)$/.exec(rest);
  if (match === null)
    throw new FormatError(`"\${${name}${rest}}" is not a substitution`, 'write ${NAME:-default}');
  const present = value !== undefined && (match[1] === '' || value !== '');
  const word = match[3]!;
  if (match[2] === '+') return present ? interpolate(word, variables, depth + 1) : { text: '', unset: [] };
  if (present) return { text: value, unset: [] };
  if (match[2] === '-') return interpolate(word, variables, depth + 1);
  throw new FormatError(
    `the variable ${name} is required: ${word || 'it has no value'}`,
    `give it with --env ${name}=…`,
  );
}

/** The brace that closes the one before `from`, or -1. */
function closingBrace(text: string, from: number): number {
  let depth = 1;
  for (let i = from; i < text.length; i++) {
    if (text[i] === '$' && text[i + 1] === '{') depth++;
    if (text[i] === '}' && --depth === 0) return i;
  }
  return -1;
}

/** Is told of a substitution that goes wrong, or of the name of a variable that is not set, and where it stands. */
export type InterpolationReport = (path: Path, problem: FormatError | string) => void;

/** Interpolates every text under a file's `networks` and `services`. */
export function interpolateSections(
  data: unknown,
  variables: Variables,
  report: InterpolationReport,
): unknown {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data;
  const out: Record<string, unknown> = { ...data };
  for (const section of ['networks', 'services']) {
    if (Object.hasOwn(out, section))
      out[section] = interpolateAll(out[section], variables, [section], report);
  }
  return out;
}

function interpolateAll(
  value: unknown,
  variables: Variables,
  path: Path,
  report: InterpolationReport,
): unknown {
  if (typeof value === 'string') {
    if (!value.includes('$')) return value;
    try {
      const { text, unset } = interpolate(value, variables);
      for (const name of unset) report(path, name);
      return text;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      report(path, error);
      return value;
    }
  }
  if (Array.isArray(value))
    return value.map((item, i) => interpolateAll(item, variables, [...path, i], report));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      interpolateAll(item, variables, [...path, key], report),
    ]),
  );
}
