import { fileKind, resolvePath } from '../../files.ts';
import { ShellError } from '../shell-state.ts';
import { fail, type Builtin, type BuiltinCall } from './builtin.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export const cd: Builtin = function* (call) {
  const { shell, args, streams } = call;
  const { state } = shell;
  const back = args[0] === '-';
  const target = back ? state.get('OLDPWD') : (args[0] ?? state.get('HOME'));
  if (target === undefined) return fail(call, back ? 'OLDPWD not set' : 'HOME not set');
  const path = resolvePath(state.workingDirectory, target);
  if (fileKind(shell.proc.context.fileSystem, path) !== 'directory') {
    const exists = shell.proc.context.fileSystem.find(path) !== null;
    if (shell.dialect.name === 'bash')
      return fail(call, `${target}: ${exists ? 'Not a directory' : 'No such file or directory'}`);
    return fail(
      call,
      `can't cd to ${target}${shell.dialect.name === 'ash' ? `: ${exists ? 'Not a directory' : 'No such file or directory'}` : ''}`,
      shell.dialect.name === 'ash' ? 1 : 2,
    );
  }
  state.variables.set('OLDPWD', { value: state.workingDirectory, exported: true, readonly: false });
  state.variables.set('PWD', { value: path, exported: true, readonly: false });
  if (back) streams.stdout.write(`${path}\n`);
  return 0;
};

export const pwd: Builtin = function* ({ shell, streams }) {
  streams.stdout.write(`${shell.state.workingDirectory}\n`);
  return 0;
};

export const exportBuiltin: Builtin = function* (call) {
  const { shell, args, streams } = call;
  if (args.length === 0 || args[0] === '-p') {
    for (const [name, value] of [...shell.state.environment()].sort(byName)) {
      streams.stdout.write(`export ${name}='${value.replace(/'/g, `'\\''`)}'\n`);
    }
    return 0;
  }
  return declare(call, (name) => shell.state.export(name));
};

export const readonlyBuiltin: Builtin = function* (call) {
  const { state } = call.shell;
  return declare(call, (name) => {
    if (!state.variables.has(name)) state.set(name, '');
    state.variables.get(name)!.readonly = true;
  });
};

/** `local name[=value]…`: the outer value comes back at the function's end. */
export const local: Builtin = function* (call) {
  const { state, locals } = call.shell;
  if (locals === null) return fail(call, 'not in a function', 2);
  for (const arg of call.args) {
    const name = arg.split('=')[0]!;
    const before = state.variables.get(name);
    if (!locals.has(name)) locals.set(name, before);
    state.variables.set(name, { value: '', exported: before?.exported === true, readonly: false });
  }
  return declare(call, () => {});
};

function declare(call: BuiltinCall, mark: (name: string) => void): number {
  for (const arg of call.args) {
    const equals = arg.indexOf('=');
    const name = equals < 0 ? arg : arg.slice(0, equals);
    if (!NAME.test(name)) return fail(call, `${arg}: bad variable name`, 2);
    if (equals >= 0) call.shell.state.set(name, arg.slice(equals + 1));
    mark(name);
  }
  return 0;
}

export const unset: Builtin = function* ({ shell, args }) {
  const functions = args[0] === '-f';
  for (const name of args.filter((arg) => !/^-[fv]$/.test(arg))) {
    if (functions) shell.state.functions.delete(name);
    else shell.state.unset(name);
  }
  return 0;
};

const OPTIONS = { e: 'errexit', u: 'nounset', x: 'xtrace', f: 'noglob' } as const;
const LONG_OPTIONS = ['errexit', 'nounset', 'xtrace', 'noglob', 'pipefail'] as const;

export const set: Builtin = function* (call) {
  const { state } = call.shell;
  if (call.args.length === 0) {
    for (const [name, { value }] of [...state.variables].sort(byName)) {
      call.streams.stdout.write(`${name}='${value.replace(/'/g, `'\\''`)}'\n`);
    }
    return 0;
  }
  for (let i = 0; i < call.args.length; i++) {
    const arg = call.args[i]!;
    if (arg === '--' || !/^[-+]./.test(arg)) {
      state.positional = call.args.slice(arg === '--' ? i + 1 : i);
      return 0;
    }
    const on = arg.startsWith('-');
    for (const letter of arg.slice(1)) {
      const name =
        letter === 'o' ? LONG_OPTIONS.find((option) => option === call.args[i + 1]) : optionOf(letter);
      if (letter === 'o') i++;
      if (name === undefined)
        throw new ShellError(
          `set: option ${letter === 'o' ? (call.args[i] ?? '') : `-${letter}`} is not modelled`,
          2,
        );
      state.options[name] = on;
    }
  }
  return 0;
};

function optionOf(letter: string) {
  return Object.hasOwn(OPTIONS, letter) ? OPTIONS[letter as keyof typeof OPTIONS] : undefined;
}

export const shift: Builtin = function* (call) {
  const { state } = call.shell;
  const count = Number(call.args[0] ?? 1);
  if (!Number.isInteger(count) || count < 0 || count > state.positional.length)
    return fail(call, "can't shift that many", 2);
  state.positional = state.positional.slice(count);
  return 0;
};

/** Sorts pairs by name, in the order of the C locale. */
export function byName(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
}
