import type { Process } from '../../core/host/process.ts';
import { TextInput } from '../../core/host/streams.ts';
import { toolName } from '../arguments.ts';
import { absolutePath, fileKind } from '../files.ts';
import { LineInput, type Run } from '../line-input.ts';

/** How a tool says that it cannot open a file; busybox and coreutils differ, and so do their tools. */
export type OpenComplaint = (
  file: string,
  reason: string,
  userland: Process['context']['userland'],
) => string;

/** `x: No such file or directory` everywhere. */
export const PLAIN: OpenComplaint = (file, reason) => `${file}: ${reason}`;

/** busybox: `can't open 'x': No such file or directory`. */
export const CANNOT_OPEN: OpenComplaint = (file, reason, userland) =>
  userland === 'busybox' ? `can't open '${file}': ${reason}` : `${file}: ${reason}`;

/** The input a file operand names (`-` is standard input); null after a complaint. */
export function openOperand(proc: Process, file: string, complaint: OpenComplaint = PLAIN): LineInput | null {
  if (file === '-' || file === '/dev/stdin') return LineInput.on(proc.stdin);
  if (file === '/dev/null') return LineInput.on(new TextInput(''));
  const path = absolutePath(proc, file);
  const text = proc.context.fileSystem.readText(path);
  if (text !== null) return LineInput.on(new TextInput(text));
  const directory = fileKind(proc.context.fileSystem, path) === 'directory';
  const reason = directory ? 'Is a directory' : 'No such file or directory';
  proc.printError(`${toolName(proc)}: ${complaint(file, reason, proc.context.userland)}\n`);
  return null;
}

/** All the text of the operands, or of standard input when there are none; `failed` when one could not be read. */
export function* readOperands(
  proc: Process,
  files: readonly string[],
  complaint: OpenComplaint = PLAIN,
): Run<{ text: string; failed: boolean }> {
  let text = '';
  let failed = false;
  for (const file of files.length === 0 ? ['-'] : files) {
    const input = openOperand(proc, file, complaint);
    if (input === null) failed = true;
    else text += yield* input.readToEnd(proc);
  }
  return { text, failed };
}

/** A text's lines without their newlines. */
export function linesOf(text: string): string[] {
  if (text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}

/** A line without its newline. */
export function chomp(line: string): string {
  return line.endsWith('\n') ? line.slice(0, -1) : line;
}

/** Complains as `tool: message` and returns the exit code. */
export function complain(proc: Process, message: string, code = 1): number {
  proc.printError(`${toolName(proc)}: ${message}\n`);
  return code;
}
