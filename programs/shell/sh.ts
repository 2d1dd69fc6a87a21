import type { Program } from '../../core/host/program.ts';
import { toolName } from '../arguments.ts';
import { LineInput, type Run } from '../line-input.ts';
import { Interrupted } from './control-flow.ts';
import { Executor, runShell } from './executor.ts';
import { isIncomplete } from './is-incomplete.ts';
import { createShell, executeText, runScript } from './script-program.ts';
import type { Shell } from './shell.ts';

/**
 * `sh`, `ash`, `dash` and `bash`: `-c text [name args…]`, `file args…`, or commands from standard input, with a
 * prompt when a person types them. Options -e, -u and -x as with `set`.
 *
 * Not modelled: job control (fg, bg), aliases, traps, arrays, `[[ ]]`, descriptors above 2, history expansion, the
 * redirection of the shell itself by `exec`. A text given by `-c` or a file is parsed as a whole before it runs.
 */
export const sh: Program = function* (proc) {
  const shellName = toolName(proc).replace(/^-/, '');
  const shell = createShell(proc, shellName);
  const args = proc.argv.slice(1);
  let command = false;
  while (args.length > 0 && /^-[a-z]+$/.test(args[0]!)) {
    for (const letter of args.shift()!.slice(1)) {
      if (letter === 'c') command = true;
      else if (letter === 'e') shell.state.options.errexit = true;
      else if (letter === 'u') shell.state.options.nounset = true;
      else if (letter === 'x') shell.state.options.xtrace = true;
      else if (letter === 'i') shell.interactive = true;
      else if (letter !== 'l' && letter !== 's') {
        proc.printError(`${shellName}: invalid option -- '${letter}'\n`);
        return 2;
      }
    }
  }
  if (command) return yield* runCommandText(shell, args);
  if (args.length > 0) return yield* runFile(shell, args);
  shell.interactive ||= shell.streams.stdin.isTerminal === true;
  return yield* readAndRun(shell);
};

function* runCommandText(shell: Shell, [text, name, ...positional]: string[]): Run<number> {
  if (text === undefined) {
    shell.proc.printError(`${shell.state.name}: -c requires an argument\n`);
    return 2;
  }
  if (name !== undefined) shell.state.name = name;
  shell.state.positional = positional;
  return yield* runScript(shell, text);
}

function* runFile(shell: Shell, [file, ...positional]: string[]): Run<number> {
  const path = file!.startsWith('/') ? file! : `${shell.state.workingDirectory}/${file!}`;
  const text = shell.proc.context.fileSystem.readText(path.replace(/\/\.?\/+/g, '/'));
  if (text === null) {
    shell.complain(shell.streams, 0, shell.dialect.cannotOpen(file!));
    return shell.dialect.name === 'bash' ? 127 : 2;
  }
  shell.state.name = file!;
  shell.state.positional = positional;
  return yield* runScript(shell, text);
}

/** Reads commands from standard input and runs each as soon as it is complete. */
function* readAndRun(shell: Shell): Run<number> {
  const input = LineInput.on(shell.streams.stdin);
  let text = '';
  for (;;) {
    prompt(shell, text !== '');
    const line = yield* nextLine(shell, input);
    if (line === 'interrupted') {
      text = '';
      continue;
    }
    text += line ?? '';
    if (line !== null && isIncomplete(text)) continue;
    const chunk = text;
    text = '';
    const ended = yield* runChunk(shell, chunk);
    if (ended !== null) return ended;
    if (line === null) return shell.state.status;
  }
}

/** Runs one complete command; its exit code when the shell is to end. */
function* runChunk(shell: Shell, text: string): Run<number | null> {
  let finished = false;
  const code = yield* runShell(shell, function* (executor: Executor) {
    try {
      yield* executeText(executor, text, shell.streams);
    } catch (reason) {
      // At a prompt an interrupted command leads back to the prompt.
      if (!(reason instanceof Interrupted) || !shell.interactive) throw reason;
      shell.state.status = reason.code;
    }
    finished = true;
    return shell.state.status;
  });
  return finished ? null : code;
}

function* nextLine(shell: Shell, input: LineInput): Run<string | null> {
  for (;;) {
    const line = input.takeLine();
    if (line !== null) return line;
    if (input.ended) return null;
    try {
      yield* shell.waitInterruptibly([input.readable]);
    } catch (reason) {
      if (!(reason instanceof Interrupted) || !shell.interactive) throw reason;
      shell.streams.stdout.write('\n');
      return 'interrupted';
    }
  }
}

function prompt(shell: Shell, continued: boolean): void {
  if (!shell.interactive) return;
  const { state, proc } = shell;
  // An end of input that was typed before this prompt was for the command that ran.
  shell.streams.stdin.reopen?.();
  const directory = state.workingDirectory === state.get('HOME') ? '~' : state.workingDirectory;
  const plain =
    shell.dialect.name === 'ash' ? `${directory} # ` : `root@${proc.context.uts.hostname}:${directory}# `;
  shell.streams.stderr.write(continued ? '> ' : plain);
}
