/** What is read off each run: a path into its figures (run-figures.ts), and for text a pattern with a group. */
import { FormatError } from '../../programs/compose-file/schema/format-error.ts';
import { compilePattern } from '../load/safe-pattern.ts';
import { splitPath } from '../load/value-path.ts';

export interface Measure {
  /** Heads its column. */
  readonly name: string;
  /** As written, without the name. */
  readonly source: string;
  readonly path: readonly string[];
  /** The number is its first group; a second one, if there is any, is the prefix of its unit: K, M, m. */
  readonly pattern: RegExp | null;
}

const NAMED = /^([A-Za-z][A-Za-z0-9_-]*)=([\s\S]*)$/;
const SOURCE = /^((?:"[^"]+"|[^\s"])+)(?:\s+\/([\s\S]+)\/)?$/;
const HINT = "write drops.host1, or 'rate=steps.1.stdout /([\\d.]+) Mbits/'";

/** Reads `PATH`, `NAME=PATH` or `NAME=PATH /PATTERN/`. Throws a FormatError. */
export function parseMeasure(text: string): Measure {
  const named = NAMED.exec(text.trim());
  const source = (named?.[2] ?? text).trim();
  const match = SOURCE.exec(source);
  if (match === null) throw new FormatError(`"${text}" is not NAME=PATH or NAME=PATH /PATTERN/`, HINT);
  const pattern = match[2] === undefined ? null : compilePattern(match[2]);
  if (pattern !== null && groupCount(pattern) === 0) {
    throw new FormatError(
      `"${text}": the pattern has no group`,
      'put the number in parentheses: /([\\d.]+) Mbits/',
    );
  }
  return { name: named?.[1] ?? match[1]!, source, path: splitPath(match[1]!), pattern };
}

function groupCount(pattern: RegExp): number {
  return new RegExp(`${pattern.source}|`).exec('')!.length - 1;
}

/** Prefixes of units, as the second group of `([\d.]+) ([KMG]?)bits` finds them. */
const FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  n: 1e-9,
  u: 1e-6,
  µ: 1e-6,
  m: 1e-3,
  k: 1e3,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
};

/** The number that a pattern finds in a text, its prefix counted in; null when there is none. */
export function numberIn(text: string, pattern: RegExp): number | null {
  const match = pattern.exec(text);
  const digits = match?.[1]?.trim() ?? '';
  const prefix = match?.[2] ?? '';
  if (match === null || digits === '' || !Object.hasOwn(FACTORS, prefix)) return null;
  const value = Number(digits) * FACTORS[prefix]!;
  return Number.isFinite(value) ? value : null;
}
