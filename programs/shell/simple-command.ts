import type { Process } from '../../core/host/process.ts';
import type { Program } from '../../core/host/program.ts';
import { findProgram, spawnChild, type ChildStreams } from '../child-process.ts';
import { fileKind, resolvePath } from '../files.ts';
import type { Run } from '../line-input.ts';
import type { Command, SimpleCommand } from './ast.ts';
import { BUILTINS } from './builtins/index.ts';
import { FunctionReturn, ShellExit } from './control-flow.ts';
import type { Executor } from './executor.ts';
import { redirect } from './redirect.ts';
import { scriptProgram } from './script-program.ts';
import { ShellError, type ShellVariable } from './shell-state.ts';

const MAX_CALL_DEPTH = 100;

/** Assignments, redirections, and then a function, a builtin or a program. */
export function* runSimpleCommand(
  executor: Executor,
  command: SimpleCommand,
  streams: ChildStreams,
): Run<number> {
  const { shell, expander, state } = executor;
  const last = executor.takeLast();
  const words = yield* expander.expandFields(command.words);
  let inner: ChildStreams;
  try {
    inner = yield* redirect(shell, expander, command.redirections, streams);
  } catch (error) {
    if (!(error instanceof ShellError)) throw error;
    shell.complain(streams, command.line, error.message);
    return shell.dialect.name === 'dash' ? 2 : 1;
  }
  const assignments = yield* expandAssignments(executor, command);
  trace(executor, assignments, words, inner);
  if (words.length === 0) {
    return hasSubstitution(command) ? state.status : 0;
  }
  return yield* invoke(executor, command, words, assignments, inner, last);
}

function* expandAssignments(executor: Executor, command: SimpleCommand): Run<[string, string][]> {
  const assignments: [string, string][] = [];
  for (const { name, value, append } of command.assignments) {
    const text = yield* executor.expander.expandText(value);
    const before = append ? (executor.state.get(name) ?? '') : '';
    // Each is seen by the next one.
    if (command.words.length === 0) executor.state.set(name, before + text);
    assignments.push([name, before + text]);
  }
  return assignments;
}

function* invoke(
  executor: Executor,
  command: SimpleCommand,
  words: readonly string[],
  assignments: readonly [string, string][],
  streams: ChildStreams,
  last: boolean,
): Run<number> {
  const { state, shell } = executor;
  const name = words[0]!;
  const body = state.functions.get(name);
  const builtin = BUILTINS.get(name);
  if (body === undefined && builtin === undefined) {
    return yield* runProgram(executor, command.line, words, assignments, streams, last);
  }
  const saved = assignTemporarily(executor, assignments);
  try {
    if (body !== undefined) return yield* callFunction(executor, body, words.slice(1), streams);
    return yield* builtin!({ executor, shell, args: words.slice(1), name, streams, line: command.line });
  } finally {
    restore(executor, saved);
  }
}

function assignTemporarily(
  { state }: Executor,
  assignments: readonly [string, string][],
): [string, ShellVariable | undefined][] {
  return assignments.map(([name, value]) => {
    const before = state.variables.get(name);
    state.variables.set(name, { value, exported: true, readonly: false });
    return [name, before];
  });
}

function restore({ state }: Executor, saved: Iterable<[string, ShellVariable | undefined]>): void {
  for (const [name, before] of saved) {
    if (before === undefined) state.variables.delete(name);
    else state.variables.set(name, before);
  }
}

function* callFunction(
  executor: Executor,
  body: Command,
  args: string[],
  streams: ChildStreams,
): Run<number> {
  const { state, shell } = executor;
  if (shell.callDepth >= MAX_CALL_DEPTH) throw new ShellError('maximum function nesting level exceeded', 2);
  const positional = state.positional;
  state.positional = args;
  const { locals } = shell;
  shell.locals = new Map();
  shell.callDepth++;
  try {
    return yield* executor.executeCommand(body, streams);
  } catch (reason) {
    if (reason instanceof FunctionReturn) return reason.code;
    throw reason;
  } finally {
    restore(executor, shell.locals);
    shell.locals = locals;
    state.positional = positional;
    shell.callDepth--;
  }
}

/** Runs a program in the foreground, or in the shell's place. Also for `exec` and `command`. */
export function* runProgram(
  executor: Executor,
  line: number,
  words: readonly string[],
  assignments: readonly [string, string][],
  streams: ChildStreams,
  inPlace: boolean,
): Run<number> {
  const { shell, state } = executor;
  const program = locate(executor, words[0]!);
  if (typeof program === 'string') {
    shell.complain(streams, line, program);
    return program.endsWith('ermission denied') || program.endsWith('s a directory') ? 126 : 127;
  }
  const environment = state.environment();
  for (const [name, value] of assignments) environment.set(name, value);
  if (inPlace) {
    throw new ShellExit(yield* shell.proc.exec(program, words, environment, streams));
  }
  const child: Process = spawnChild(shell.proc, program, words, streams, { environment });
  yield* shell.waitForeground([child]);
  return child.exitCode ?? 0;
}

/** The program of a name, or the complaint that there is none. */
function locate({ shell, state }: Executor, name: string): Program | string {
  if (!name.includes('/')) return findProgram(shell.proc, name) ?? shell.dialect.notFound(name);
  const path = resolvePath(state.workingDirectory, name);
  const { fileSystem } = shell.proc.context;
  const text = fileSystem.readText(path);
  if (text !== null) {
    if (!text.startsWith('#!')) return `${name}: Permission denied`;
    return scriptProgram(text);
  }
  if (fileKind(fileSystem, path) === 'directory') {
    return shell.dialect.name === 'bash' ? `${name}: Is a directory` : `${name}: Permission denied`;
  }
  const program = findProgram(shell.proc, name);
  if (program !== undefined) return program;
  return shell.dialect.name === 'bash' ? `${name}: No such file or directory` : `${name}: not found`;
}

function hasSubstitution(command: SimpleCommand): boolean {
  const words = [...command.assignments.map(({ value }) => value), ...command.words];
  return words.some(({ parts }) => parts.some((part) => part.kind === 'command'));
}

/** `set -x` */
function trace(
  { state, shell }: Executor,
  assignments: readonly [string, string][],
  words: readonly string[],
  streams: ChildStreams,
): void {
  if (!state.options.xtrace) return;
  const quoted = words.map((word) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`,
  );
  const text = [...assignments.map(([name, value]) => `${name}=${value}`), ...quoted].join(' ');
  (shell.interactive ? shell.streams : streams).stderr.write(`+ ${text}\n`);
}
