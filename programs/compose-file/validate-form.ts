/** Data through a schema, with the schema's findings said in a user's words and places. */
import type * as z from 'zod';
import { MAX_PROBLEMS, FileError, type Problem } from './problem.ts';
import type { Path, YamlSource } from './yaml-source.ts';
import { suggestion } from './suggest.ts';

type Issue = z.core.$ZodIssue;

/** A finding outside any union, with its whole path. */
interface Finding {
  readonly issue: Issue;
  readonly path: Path;
}

/** Checks the data's form. Keys that begin with `x-` are free anywhere, and dropped. Throws a FileError. */
export function validateForm<S extends z.ZodType>(schema: S, data: unknown, source: YamlSource): z.output<S> {
  let current = data;
  for (;;) {
    const knownKeys: string[][] = [];
    const result = schema.safeParse(current, { reportInput: true, error: keyCollector(knownKeys) });
    if (result.success) return result.data;
    const findings = result.error.issues.flatMap((issue) => flatten(issue, []));
    const free = findings.flatMap(freeKeys);
    if (free.length === 0) {
      const first = findings.slice(0, MAX_PROBLEMS);
      const told = first.filter((finding) => !isMissedByColon(finding, first));
      const problems = told.flatMap((finding) => problemsOf(finding, knownKeys, source));
      throw new FileError(problems.slice(0, MAX_PROBLEMS));
    }
    current = structuredClone(current);
    for (const path of free) remove(current, path);
  }
}

/**
 * An unknown key's message carries, as an index into `knownKeys`, the keys that the map does have: the finished
 * issue no longer tells which schema it came from.
 */
function keyCollector(knownKeys: string[][]): z.core.$ZodErrorMap {
  return (issue) => {
    if (issue.code !== 'unrecognized_keys') return undefined;
    const definition = issue.inst?._zod.def as { shape?: object } | undefined;
    knownKeys.push(Object.keys(definition?.shape ?? {}));
    return String(knownKeys.length - 1);
  };
}

/** Takes a union's finding apart: the alternative that the value was meant as tells what is wrong. */
function flatten(issue: Issue, above: Path): Finding[] {
  const path = [...above, ...(issue.path as (string | number)[])];
  if (issue.code !== 'invalid_union') return [{ issue, path }];
  const branches = issue.errors.filter((branch) => !branch.some(isOtherKind));
  const meant = branches.reduce<Issue[] | undefined>(
    (best, branch) => (best === undefined || branch.length < best.length ? branch : best),
    undefined,
  );
  return meant === undefined ? [{ issue, path }] : meant.flatMap((inner) => flatten(inner, path));
}

/** True when the value is not even of the kind that this alternative takes. */
function isOtherKind(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === 'invalid_union') return issue.errors.every((branch) => branch.some(isOtherKind));
  return issue.code === 'invalid_type' || issue.code === 'invalid_value';
}

function freeKeys({ issue, path }: Finding): Path[] {
  if (issue.code !== 'unrecognized_keys') return [];
  return issue.keys.filter((key) => key.startsWith('x-')).map((key) => [...path, key]);
}

function remove(data: unknown, path: Path): void {
  let map = data as Record<string | number, unknown>;
  for (const segment of path.slice(0, -1)) map = map[segment] as Record<string | number, unknown>;
  delete map[path.at(-1)!];
}

function problemsOf({ issue, path }: Finding, knownKeys: string[][], source: YamlSource): Problem[] {
  const where = path.length === 0 ? '' : `${path.join('.')}: `;
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys[Number(issue.message)] ?? [];
    return issue.keys
      .slice(0, MAX_PROBLEMS)
      .map((key) =>
        source.problem([...path, key], `${where}unknown key "${key}"`, keyHint(path, key, known), 'key'),
      );
  }
  if (issue.code === 'invalid_key') {
    return [source.problem(path, `${where}${issue.issues[0]?.message ?? 'not a name'}`, 'rename it', 'key')];
  }
  if (issue.code === 'invalid_type' && issue.expected === 'undefined') {
    return [source.problem(path, `${where}${issue.message}`, undefined, 'key')];
  }
  if (issue.code === 'invalid_type' || issue.code === 'invalid_union') {
    if (issue.input === undefined) {
      const message = `${path.slice(0, -1).join('.') || 'the file'}: "${path.at(-1)}" is missing`;
      return [source.problem(path, message, `add it: ${kinds(issue)}`)];
    }
    const message = `${where}expected ${kinds(issue)}, not ${kindOf(issue.input)}`;
    return [source.problem(path, message, typeHint(path, issue))];
  }
  const params = issue.code === 'custom' ? issue.params : undefined;
  const hint = typeof params?.['hint'] === 'string' ? params['hint'] : hintOf(issue);
  return [source.problem(path, `${where}${messageOf(issue)}`, hint)];
}

/** A step without `run` that has a strange key instead is a command with a colon: one problem, not two. */
function isMissedByColon({ issue, path }: Finding, all: readonly Finding[]): boolean {
  if (path[0] !== 'steps' || path.at(-1) !== 'run' || issue.code !== 'invalid_type') return false;
  return all.some((other) => other.issue.code === 'unrecognized_keys' && other.path[1] === path[1]);
}

/** A command with a colon in it is a map to YAML, which then has a strange key. */
function keyHint(path: Path, key: string, known: readonly string[]): string | undefined {
  if (path[0] === 'steps' && /[$\s]/.test(key)) return `quote a command that holds ": ": - '${key}: …'`;
  return suggestion(key, known);
}

function typeHint(path: Path, issue: Issue): string | undefined {
  if (path.length === 0) return 'the file begins with keys such as name: and services:';
  if (issue.code === 'invalid_type' && issue.expected === 'string' && typeof issue.input === 'number') {
    return 'put it in quotes';
  }
  return path[0] === 'steps' ? 'a step is WHERE$ COMMAND, in quotes when it holds ": "' : undefined;
}

/** zod's own words for bounds are said in ours. */
function messageOf(issue: Issue): string {
  const isOwn = !/^(Too (big|small)|Invalid)/.test(issue.message);
  if (isOwn) return issue.message;
  if (issue.code === 'too_big') return `${kindOf(issue.input)} is too large`;
  if (issue.code === 'too_small') return `${kindOf(issue.input)} is too small`;
  if (issue.code === 'invalid_value') return `${kindOf(issue.input)} is not known here`;
  return issue.message;
}

function hintOf(issue: Issue): string | undefined {
  if (issue.code === 'invalid_value') return suggestion(String(issue.input), issue.values.map(String));
  if (issue.code === 'too_small' && 'minimum' in issue) return `at least ${issue.minimum}`;
  if (issue.code === 'too_big' && 'maximum' in issue) return `at most ${issue.maximum}`;
  return undefined;
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
  null: 'nothing',
};

function kinds(issue: Issue): string {
  const all = new Set<string>();
  collectKinds(issue, all);
  all.delete('nothing');
  return [...all].join(' or ') || 'something else';
}

function collectKinds(issue: Issue, into: Set<string>): void {
  if (issue.code === 'invalid_type') into.add(KINDS[issue.expected] ?? issue.expected);
  if (issue.code === 'invalid_value') for (const value of issue.values) into.add(`"${String(value)}"`);
  if (issue.code === 'invalid_union') for (const inner of issue.errors.flat()) collectKinds(inner, into);
}

function kindOf(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  const text = String(value);
  return typeof value === 'string' ? `the text "${text.length > 60 ? `${text.slice(0, 60)}…` : text}"` : text;
}
