/** Data through a schema, with the schema's findings said in a user's words and places. */
import * as v from 'valibot';
import { MAX_PROBLEMS, FileError, type Problem } from './problem.ts';
import { factsOf } from './schema/issue-facts.ts';
import type { Path, YamlSource } from './yaml-source.ts';
import { suggestion } from './suggest.ts';

type Issue = v.BaseIssue<unknown>;

/** A finding with its whole path. */
interface Finding {
  readonly issue: Issue;
  readonly path: Path;
}

/** Checks the data's form. Keys that begin with `x-` are free anywhere, and dropped. Throws a FileError. */
export function validateForm<S extends v.GenericSchema>(
  schema: S,
  data: unknown,
  source: YamlSource,
): v.InferOutput<S> {
  let current = data;
  for (;;) {
    const result = v.safeParse(schema, current);
    if (result.success) return result.output;
    const findings = result.issues.map((issue): Finding => ({
      issue,
      path: (issue.path ?? []).map((item) => item.key as string | number),
    }));
    const free = findings.flatMap(freeKeys);
    if (free.length === 0) {
      const first = findings.slice(0, MAX_PROBLEMS);
      const told = first.filter((finding) => !isMissedByColon(finding, first));
      const problems = told.flatMap((finding) => problemsOf(finding, source));
      throw new FileError(problems.slice(0, MAX_PROBLEMS));
    }
    current = structuredClone(current);
    for (const path of free) remove(current, path);
  }
}

/** The keys of the map in which valibot found one that is unknown; null for another finding. */
function unknownKeys(issue: Issue): string[] | null {
  if (issue.type !== 'strict_object' || issue.expected !== 'never') return null;
  const known = factsOf(issue).entries ?? {};
  return Object.keys(issue.path!.at(-1)!.input as object).filter((key) => !Object.hasOwn(known, key));
}

function freeKeys({ issue, path }: Finding): Path[] {
  const keys = unknownKeys(issue) ?? [];
  return keys.filter((key) => key.startsWith('x-')).map((key) => [...path.slice(0, -1), key]);
}

function remove(data: unknown, path: Path): void {
  let map = data as Record<string | number, unknown>;
  for (const segment of path.slice(0, -1)) map = map[segment] as Record<string | number, unknown>;
  delete map[path.at(-1)!];
}

function problemsOf({ issue, path }: Finding, source: YamlSource): Problem[] {
  const unknown = unknownKeys(issue);
  if (unknown !== null) {
    const above = path.slice(0, -1);
    const known = Object.keys(factsOf(issue).entries ?? {});
    return unknown
      .slice(0, MAX_PROBLEMS)
      .map((key) =>
        source.problem(
          [...above, key],
          `${placeOf(above)}unknown key "${key}"`,
          keyHint(above, key, known),
          'key',
        ),
      );
  }
  if (isMissing(issue)) {
    const message = `${path.slice(0, -1).join('.') || 'the file'}: "${path.at(-1)}" is missing`;
    return [source.problem(path, message, `add it: ${kinds(whatIsMissing(issue))}`)];
  }
  const where = placeOf(path);
  if (issue.path?.at(-1)?.origin === 'key') {
    return [source.problem(path, `${where}${issue.message}`, 'rename it', 'key')];
  }
  if (issue.type === 'never') return [source.problem(path, `${where}${issue.message}`, undefined, 'key')];
  if (isOfOtherKind(issue)) {
    const message = `${where}expected ${kinds([issue])}, not ${kindOf(issue.input)}`;
    return [source.problem(path, message, typeHint(path, issue))];
  }
  return [source.problem(path, `${where}${messageOf(issue)}`, factsOf(issue).hint ?? hintOf(issue))];
}

function placeOf(path: Path): string {
  return path.length === 0 ? '' : `${path.join('.')}: `;
}

function isMissing(issue: Issue): boolean {
  return issue.type === 'strict_object' && issue.path?.at(-1)?.origin === 'key' && issue.expected !== 'never';
}

/** What valibot says of nothing in a missing value's place. */
function whatIsMissing(issue: Issue): readonly Issue[] {
  const schema = factsOf(issue).entries?.[String(issue.path!.at(-1)!.key)];
  return schema === undefined ? [] : (v.safeParse(schema, undefined).issues ?? []);
}

/** Neither a wrong word nor a bound: not the kind of value that is expected. */
function isOfOtherKind(issue: Issue): boolean {
  if (issue.type === 'integer') return true;
  return issue.kind === 'schema' && issue.type !== 'picklist' && issue.type !== 'literal';
}

/** A step without `run` that has a strange key instead is a command with a colon: one problem, not two. */
function isMissedByColon({ issue, path }: Finding, all: readonly Finding[]): boolean {
  if (path[0] !== 'steps' || path.at(-1) !== 'run' || !isMissing(issue)) return false;
  return all.some((other) => unknownKeys(other.issue) !== null && other.path[1] === path[1]);
}

/** A command with a colon in it is a map to YAML, which then has a strange key. */
function keyHint(path: Path, key: string, known: readonly string[]): string | undefined {
  if (path[0] === 'steps' && /[$\s]/.test(key)) return `quote a command that holds ": ": - '${key}: …'`;
  return suggestion(key, known);
}

function typeHint(path: Path, issue: Issue): string | undefined {
  if (path.length === 0) return 'the file begins with keys such as name: and services:';
  if (issue.type === 'string' && typeof issue.input === 'number') return 'put it in quotes';
  return path[0] === 'steps' ? 'a step is WHERE$ COMMAND, in quotes when it holds ": "' : undefined;
}

/** valibot's own words for bounds and choices are said in ours. */
function messageOf(issue: Issue): string {
  const isOwn = !issue.message.startsWith('Invalid ');
  if (isOwn) return issue.message;
  if (issue.type.startsWith('max_')) return `${kindOf(issue.input)} is too large`;
  if (issue.type.startsWith('min_')) return `${kindOf(issue.input)} is too small`;
  return `${kindOf(issue.input)} is not known here`;
}

function hintOf(issue: Issue): string | undefined {
  const { choices } = factsOf(issue);
  if (choices !== undefined) return suggestion(String(issue.input), choices);
  if (issue.type.startsWith('min_')) return `at least ${String(issue.requirement)}`;
  if (issue.type.startsWith('max_')) return `at most ${String(issue.requirement)}`;
  return undefined;
}

/** By what valibot expects. */
const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  Array: 'a list',
  Object: 'a map',
  null: 'nothing',
};

function kinds(issues: readonly Issue[]): string {
  const all = new Set<string>();
  for (const issue of issues) collectKinds(issue, all);
  all.delete('nothing');
  return [...all].join(' or ') || 'something else';
}

function collectKinds(issue: Issue, into: Set<string>): void {
  const { alternatives, choices } = factsOf(issue);
  if (issue.type === 'integer') into.add('a whole number');
  else if (alternatives !== undefined) for (const inner of alternatives) collectKinds(inner, into);
  else if (choices !== undefined) for (const value of choices) into.add(`"${value}"`);
  else if (issue.kind === 'schema') into.add(KINDS[issue.expected ?? ''] ?? issue.expected ?? '');
}

function kindOf(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  const text = String(value);
  return typeof value === 'string' ? `the text "${text.length > 60 ? `${text.slice(0, 60)}…` : text}"` : text;
}
