import { executeText } from '../script-program.ts';
import { resolvePath } from '../../files.ts';
import { FunctionReturn, LoopJump, ShellExit } from '../control-flow.ts';
import { runProgram } from '../simple-command.ts';
import { fail, type Builtin, type BuiltinCall } from './builtin.ts';

export const exit: Builtin = function* (call) {
  throw new ShellExit(codeOf(call));
};

export const returnBuiltin: Builtin = function* (call) {
  throw new FunctionReturn(codeOf(call));
};

function codeOf({ args, shell }: BuiltinCall): number {
  const text = args[0];
  if (text === undefined) return shell.state.status;
  return /^-?\d+$/.test(text) ? Number(text) & 0xff : 2;
}

export const breakBuiltin: Builtin = function* ({ args }) {
  throw new LoopJump('break', Math.max(1, Number(args[0] ?? 1) || 1));
};

export const continueBuiltin: Builtin = function* ({ args }) {
  throw new LoopJump('continue', Math.max(1, Number(args[0] ?? 1) || 1));
};

export const evalBuiltin: Builtin = function* ({ executor, args, streams }) {
  return yield* executeText(executor, args.join(' '), streams);
};

export const source: Builtin = function* (call) {
  const { executor, shell, args, streams } = call;
  const file = args[0];
  if (file === undefined) return fail(call, 'filename argument required', 2);
  const text = shell.proc.context.fileSystem.readText(resolvePath(shell.state.workingDirectory, file));
  if (text === null) {
    shell.complain(streams, call.line, shell.dialect.cannotOpen(file));
    return shell.dialect.name === 'bash' ? 1 : 2;
  }
  const positional = shell.state.positional;
  if (args.length > 1) shell.state.positional = args.slice(1);
  try {
    return yield* executeText(executor, text, streams);
  } catch (reason) {
    if (reason instanceof FunctionReturn) return reason.code;
    throw reason;
  } finally {
    shell.state.positional = positional;
  }
};

/** `exec command`: the command takes the shell's place. Redirecting the shell itself is not modelled. */
export const exec: Builtin = function* (call) {
  const { executor, args, streams, line } = call;
  if (args.length === 0) return fail(call, 'redirecting the shell itself is not modelled', 2);
  throw new ShellExit(yield* runProgram(executor, line, args, [], streams, true));
};
