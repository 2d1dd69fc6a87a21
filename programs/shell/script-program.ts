import type { Program } from '../../core/host/program.ts';
import type { Process } from '../../core/host/process.ts';
import type { ChildStreams } from '../child-process.ts';
import { toolName } from '../arguments.ts';
import type { Run } from '../line-input.ts';
import type { List } from './ast.ts';
import { dialectOf } from './dialect.ts';
import { runShell, type Executor } from './executor.ts';
import { parseShell } from './parser.ts';
import { Shell } from './shell.ts';
import { ShellState } from './shell-state.ts';
import { ShellSyntaxError } from './shell-syntax-error.ts';

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A new shell in a process, with what the environment gives it. */
export function createShell(proc: Process, shellName: string, name = shellName): Shell {
  const state = new ShellState(name, proc.pid);
  for (const [variable, value] of proc.environment) {
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable)) {
      state.variables.set(variable, { value, exported: true, readonly: false });
    }
  }
  const defaults = { PWD: '/', HOME: '/root', PATH: DEFAULT_PATH };
  for (const [variable, value] of Object.entries(defaults)) {
    if (state.get(variable) === undefined)
      state.variables.set(variable, { value, exported: true, readonly: false });
  }
  const level = Number(state.get('SHLVL') ?? '0');
  state.variables.set('SHLVL', { value: String(level + 1), exported: true, readonly: false });
  return new Shell(proc, state, dialectOf(shellName, proc.context.userland));
}

/** Runs a whole text in a shell: a syntax error anywhere keeps all of it from running. */
export function* runScript(shell: Shell, text: string): Run<number> {
  return yield* runShell(shell, (executor) => executeText(executor, text, shell.streams));
}

/** Parses and runs a text in a running shell; a syntax error is printed and gives 2. */
export function* executeText(executor: Executor, text: string, streams: ChildStreams): Run<number> {
  const { shell } = executor;
  let list: List;
  try {
    list = parseShell(text);
  } catch (error) {
    if (!(error instanceof ShellSyntaxError)) throw error;
    streams.stderr.write(`${shell.dialect.syntaxError(shell.state.name, error)}\n`);
    shell.state.status = 2;
    return 2;
  }
  if (list.items.length === 0) shell.state.status = 0;
  return yield* executor.executeList(list, streams);
}

/** A file that begins with `#!` as a program. Scripts of other interpreters than the shell are not modelled. */
export function scriptProgram(text: string): Program {
  return function* (proc) {
    const interpreter = /^#!\s*(\S+)(?:\s+(\S+))?/.exec(text);
    const path = interpreter?.[1]?.endsWith('/env') === true ? interpreter[2] : interpreter?.[1];
    const shellName = (path ?? '').slice((path ?? '').lastIndexOf('/') + 1);
    if (!['sh', 'ash', 'dash', 'bash'].includes(shellName)) {
      proc.printError(`${toolName(proc)}: scripts of ${shellName} are not modelled\n`);
      return 126;
    }
    const shell = createShell(proc, shellName, proc.argv[0] ?? shellName);
    shell.state.positional = proc.argv.slice(1);
    return yield* runScript(shell, text);
  };
}
