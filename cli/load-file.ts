import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { loadScenario } from '../scenarios/load/load-scenario.ts';
import type { Scenario } from '../scenarios/load/scenario.ts';
import { isLoneDash } from './is-lone-dash.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** What commands that take a scenario file have in common. */
export interface FileArguments {
  /** `-` is standard input. */
  readonly file: string;
  readonly set?: readonly string[] | undefined;
  readonly env?: readonly string[] | undefined;
}

/** What there is to load. */
export interface ScenarioInput {
  /** As messages call it. */
  readonly file: string;
  readonly text: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Reads a file that the scenario names. */
  readonly readFile: (path: string) => string;
}

/** Reads and checks a scenario. Throws a UsageError when it cannot be read, a ScenarioError when it is wrong. */
export function loadFile(args: FileArguments): Scenario {
  const { text, ...options } = readInput(args);
  return loadScenario(text, { ...options, set: args.set ?? [] });
}

/** Reads a scenario's text. Throws a UsageError. */
export function readInput(args: FileArguments): ScenarioInput {
  const isStdin = isLoneDash(args.file);
  return {
    file: isStdin ? 'stdin' : args.file,
    text: readText(isStdin ? 0 : args.file, args.file),
    variables: parseVariables(args.env ?? []),
    readFile: (path) => readNamedFile(isStdin ? '' : dirname(args.file), path),
  };
}

/** What `--set` and `--env` say. */
export function readChanges(args: Pick<FileArguments, 'set' | 'env'>) {
  return { set: args.set ?? [], variables: parseVariables(args.env ?? []) };
}

/** Says what was accepted without effect. */
export function showNotices(scenario: Scenario, terminal: Terminal): void {
  for (const notice of scenario.notices) {
    terminal.err(`${notice.file}:${notice.line}:${notice.column}: note: ${notice.message}\n`);
  }
}

const MAX_NAMED_FILE_BYTES = 1 << 20;

/** A file that the scenario names, from the scenario's folder. Devices and pipes, which may never end, are not read. */
function readNamedFile(folder: string, path: string): string {
  const full = resolve(folder, path);
  const found = statSync(full, { throwIfNoEntry: false });
  if (found?.isFile() !== true) throw new Error(`${path}: no such file`);
  if (found.size > MAX_NAMED_FILE_BYTES)
    throw new Error(`${path}: longer than ${MAX_NAMED_FILE_BYTES} bytes`);
  return readFileSync(full, 'utf8');
}

function readText(source: string | number, name: string): string {
  try {
    return readFileSync(source, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why =
      code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'this is a folder' : (error as Error).message;
    throw new UsageError(`${name}: ${why}; name a scenario file, or - for standard input`);
  }
}

function parseVariables(assignments: readonly string[]): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const assignment of assignments) {
    const match = /^([A-Za-z_][A-Za-z0-9_]*)=([\s\S]*)$/.exec(assignment);
    if (match === null) throw new UsageError(`--env ${assignment}: write --env NAME=value`);
    variables[match[1]!] = match[2]!;
  }
  return variables;
}
