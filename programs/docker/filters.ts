/** `--filter name=value` (docker api/types/filters): several of one name are alternatives, different names all count. */
import { CliError } from './cli-error.ts';

export class Filters {
  private readonly values: ReadonlyMap<string, readonly string[]>;

  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.values = values;
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  list(name: string): readonly string[] {
    return this.values.get(name) ?? [];
  }

  equals(name: string, actual: string): boolean {
    return this.passes(name, (wanted) => wanted === actual);
  }

  /** By part of the text, or by a regular expression. */
  contains(name: string, actual: string): boolean {
    return this.passes(name, (wanted) => actual.includes(wanted) || matchesPattern(wanted, actual));
  }

  /** True when any of the values wanted passes, or none is wanted. */
  passes(name: string, test: (wanted: string) => boolean): boolean {
    const wanted = this.values.get(name);
    return wanted === undefined || wanted.some(test);
  }

  /** Every label must be there, with its value where one is given. */
  labels(actual: ReadonlyMap<string, string>, name = 'label'): boolean {
    return this.list(name).every((wanted) => {
      const equals = wanted.indexOf('=');
      if (equals < 0) return actual.has(wanted);
      return actual.get(wanted.slice(0, equals)) === wanted.slice(equals + 1);
    });
  }
}

/** Reads filters; docker's complaint about one that the command does not have. */
export function parseFilters(texts: readonly string[], known: readonly string[]): Filters {
  const values = new Map<string, string[]>();
  for (const text of texts) {
    const equals = text.indexOf('=');
    if (equals < 0) throw new CliError('bad format of filter (expected name=value)', 125);
    const name = text.slice(0, equals).trim().toLowerCase();
    if (!known.includes(name)) throw new CliError(`Error response from daemon: Invalid filter '${name}'`);
    values.set(name, [...(values.get(name) ?? []), text.slice(equals + 1).trim()]);
  }
  return new Filters(values);
}

function matchesPattern(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern).test(text);
  } catch {
    return false;
  }
}
