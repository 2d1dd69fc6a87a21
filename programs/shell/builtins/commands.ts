import { findProgram } from '../../child-process.ts';
import { runProgram } from '../simple-command.ts';
import { fail, type Builtin, type BuiltinCall } from './builtin.ts';
import { BUILTINS } from './index.ts';

const KEYWORDS = 'if then elif else fi for in do done while until case esac { } ! time function'.split(' ');

/** `command [-v|-V] name args…` */
export const command: Builtin = function* (call) {
  const { args, executor, line, streams } = call;
  if (args[0] === '-v') return locate(call, args.slice(1), false);
  if (args[0] === '-V') return locate(call, args.slice(1), true);
  const words = args[0] === '-p' || args[0] === '--' ? args.slice(1) : args;
  if (words.length === 0) return 0;
  const builtin = BUILTINS.get(words[0]!);
  if (builtin !== undefined) return yield* builtin({ ...call, name: words[0]!, args: words.slice(1) });
  return yield* runProgram(executor, line, words, [], streams, false);
};

export const type: Builtin = function* (call) {
  return locate(call, call.args, true);
};

function locate(call: BuiltinCall, names: readonly string[], verbose: boolean): number {
  const { shell, streams } = call;
  let status = 0;
  for (const name of names) {
    const what = describe(call, name);
    if (what === null) {
      status = shell.dialect.name === 'bash' ? 1 : 127;
      if (!verbose) continue;
      if (shell.dialect.name === 'bash') fail(call, `${name}: not found`);
      else streams.stdout.write(`${name}: not found\n`);
    } else streams.stdout.write(verbose ? `${name} is ${what.description}\n` : `${what.path}\n`);
  }
  return status;
}

function describe({ shell }: BuiltinCall, name: string): { description: string; path: string } | null {
  if (KEYWORDS.includes(name)) return { description: `a shell keyword`, path: name };
  if (shell.state.functions.has(name)) return { description: 'a function', path: name };
  if (BUILTINS.has(name)) return { description: 'a shell builtin', path: name };
  if (findProgram(shell.proc, name) === undefined) return null;
  const path = name.includes('/') ? name : `/usr/bin/${name}`;
  return { description: path, path };
}
