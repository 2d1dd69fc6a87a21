import { OutputDescriptor } from '../../../core/host/descriptor.ts';
import { fileTester } from '../../files.ts';
import { LineInput, type Run } from '../../line-input.ts';
import { echoText } from '../echo-text.ts';
import { PrintfError, printfText } from '../printf-text.ts';
import { evaluateTest, TestError } from '../test-expression.ts';
import { fail, type Builtin, type BuiltinCall } from './builtin.ts';

export const colon: Builtin = function* () {
  return 0;
};

export const falseBuiltin: Builtin = function* () {
  return 1;
};

/** Who reads a pipe does so on another processor while the shell gets to its next command. */
function* print({ streams, shell }: BuiltinCall, text: string): Run<void> {
  streams.stdout.write(text);
  const { stdout } = streams;
  if (stdout instanceof OutputDescriptor && stdout.isPipe) yield* shell.proc.sleep(0);
}

export const echo: Builtin = function* (call) {
  yield* print(call, echoText(call.args, call.shell.dialect.name));
  return 0;
};

export const printf: Builtin = function* (call) {
  const [format, ...args] = call.args[0] === '--' ? call.args.slice(1) : call.args;
  if (format === undefined) return fail(call, 'usage: printf format [arguments]', 2);
  try {
    const { text, errors } = printfText(format, args);
    yield* print(call, text);
    for (const error of errors) fail(call, error);
    return errors.length > 0 ? 1 : 0;
  } catch (error) {
    if (error instanceof PrintfError) return fail(call, error.message);
    throw error;
  }
};

export const test: Builtin = function* (call) {
  const bracket = call.name === '[';
  if (bracket && call.args.at(-1) !== ']') return fail(call, 'missing ]', 2);
  const args = bracket ? call.args.slice(0, -1) : call.args;
  const { proc, state } = call.shell;
  try {
    return evaluateTest(args, fileTester(proc.context.fileSystem, state.workingDirectory)) ? 0 : 1;
  } catch (error) {
    if (error instanceof TestError) return fail(call, error.message, 2);
    throw error;
  }
};

/** `read [-r] [-p prompt] [-t seconds] name…` */
export const read: Builtin = function* (call) {
  const { shell, streams } = call;
  const names: string[] = [];
  let raw = false;
  let untilNs = Infinity;
  for (let i = 0; i < call.args.length; i++) {
    const arg = call.args[i]!;
    if (arg === '-r') raw = true;
    else if (arg === '-p') streams.stderr.write(call.args[++i] ?? '');
    else if (arg === '-t') untilNs = shell.proc.nowNs + Number(call.args[++i] ?? 0) * 1e9;
    else if (arg.startsWith('-')) return fail(call, `option ${arg} is not modelled`, 2);
    else names.push(arg);
  }
  const line = yield* readLine(call, raw, untilNs);
  assignFields(call, names.length === 0 ? ['REPLY'] : names, line ?? '', raw);
  return line === null || !line.endsWith('\n') ? 1 : 0;
};

function* readLine(call: BuiltinCall, raw: boolean, untilNs: number) {
  const { proc } = call.shell;
  const input = LineInput.on(call.streams.stdin);
  let text = '';
  for (;;) {
    const line = input.takeLine();
    if (line !== null) {
      text += line;
      if (raw || !/(^|[^\\])(\\\\)*\\\n$/.test(text)) return text;
      text = text.slice(0, -2);
      continue;
    }
    if (input.ended) return text === '' ? null : text;
    if (!(yield* call.shell.waitInterruptibly([input.readable], untilNs - proc.nowNs))) return null;
  }
}

/** Splits at IFS; the last name takes the rest of the line. */
function assignFields(call: BuiltinCall, names: readonly string[], line: string, raw: boolean): void {
  const { state } = call.shell;
  const separators = state.get('IFS') ?? ' \t\n';
  const blanks = [...separators].filter((character) => ' \t\n'.includes(character)).join('');
  const isBlank = (character: string | undefined) => character !== undefined && blanks.includes(character);
  let rest = line.replace(/\n$/, '');
  const unescaped = (text: string) => (raw ? text : text.replace(/\\(.)/g, '$1'));
  for (const [index, name] of names.entries()) {
    while (isBlank(rest[0])) rest = rest.slice(1);
    if (index === names.length - 1) {
      while (isBlank(rest.at(-1))) rest = rest.slice(0, -1);
      state.set(name, unescaped(rest));
      return;
    }
    let end = 0;
    while (end < rest.length && !separators.includes(rest[end]!)) end += !raw && rest[end] === '\\' ? 2 : 1;
    state.set(name, unescaped(rest.slice(0, end)));
    rest = rest.slice(end);
    while (isBlank(rest[0])) rest = rest.slice(1);
    if (rest !== '' && separators.includes(rest[0]!)) rest = rest.slice(1);
  }
}
