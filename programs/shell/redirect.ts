import { OutputDescriptor } from '../../core/host/descriptor.ts';
import { EMPTY_INPUT, TextInput, type OutputStream } from '../../core/host/streams.ts';
import type { VirtualFileSystem } from '../../core/host/virtual-file-system.ts';
import type { ChildStreams } from '../child-process.ts';
import { fileKind, isKernelFile, parentDirectory, resolvePath } from '../files.ts';
import { LineInput, type Run } from '../line-input.ts';
import type { Redirection } from './ast.ts';
import type { Expander } from './expander.ts';
import type { Shell } from './shell.ts';
import { ShellError } from './shell-state.ts';

/** A file may grow to this many characters; what is more is refused. */
const MAX_FILE_LENGTH = 16 * 1024 * 1024;

/** Appends what is written to a file. */
class FileOutput implements OutputStream {
  private readonly fileSystem: VirtualFileSystem;
  private readonly path: string;

  constructor(fileSystem: VirtualFileSystem, path: string) {
    this.fileSystem = fileSystem;
    this.path = path;
  }

  write(text: string): void {
    if (isKernelFile(this.path)) {
      this.fileSystem.writeText(this.path, text);
      return;
    }
    const before = this.fileSystem.readText(this.path) ?? '';
    if (before.length < MAX_FILE_LENGTH) this.fileSystem.writeText(this.path, before + text);
  }

  close(): void {}
}

const NULL_OUTPUT: OutputStream = { write: () => {}, close: () => {} };

/** The streams of a command after its redirections, done from left to right. */
export function* redirect(
  shell: Shell,
  expander: Expander,
  redirections: readonly Redirection[],
  streams: ChildStreams,
): Run<ChildStreams> {
  const result = { stdin: streams.stdin, stdout: streams.stdout, stderr: streams.stderr };
  for (const redirection of redirections) {
    const target = yield* expander.expandText(redirection.target);
    apply(shell, redirection, target, result);
  }
  return result;
}

function apply(shell: Shell, redirection: Redirection, target: string, streams: ChildStreams): void {
  const { descriptor, operator } = redirection;
  switch (operator) {
    case '<<':
      setInput(streams, descriptor, new TextInput(target));
      return;
    case '<<<':
      setInput(streams, descriptor, new TextInput(`${target}\n`));
      return;
    case '<':
      setInput(streams, descriptor, openInput(shell, target, streams));
      return;
    case '<&':
      if (target !== '0' && target !== '-') throw badDescriptor(target);
      if (target === '-') setInput(streams, descriptor, EMPTY_INPUT);
      return;
    case '>&':
      setOutput(streams, descriptor, duplicated(target, streams));
      return;
    case '>':
    case '>>':
      setOutput(streams, descriptor, openOutput(shell, target, operator === '>>', streams));
  }
}

function setInput(streams: ChildStreams, descriptor: number, input: ChildStreams['stdin']): void {
  if (descriptor !== 0) throw badDescriptor(String(descriptor));
  streams.stdin = LineInput.on(input);
}

function setOutput(streams: ChildStreams, descriptor: number, output: OutputStream): void {
  if (descriptor === 1 || descriptor === -1) streams.stdout = output;
  if (descriptor === 2 || descriptor === -1) streams.stderr = output;
  if (descriptor === 0 || descriptor > 2) throw badDescriptor(String(descriptor));
}

function duplicated(target: string, streams: ChildStreams): OutputStream {
  if (target === '1') return streams.stdout;
  if (target === '2') return streams.stderr;
  if (target === '-') return NULL_OUTPUT;
  throw badDescriptor(target);
}

function openInput(shell: Shell, file: string, streams: ChildStreams): ChildStreams['stdin'] {
  const path = resolvePath(shell.state.workingDirectory, file);
  if (path === '/dev/null') return EMPTY_INPUT;
  if (path === '/dev/stdin') return streams.stdin;
  const text = shell.proc.context.fileSystem.readText(path);
  if (text === null) throw new ShellError(shell.dialect.cannotOpen(file), 1);
  return new TextInput(text);
}

function openOutput(shell: Shell, file: string, append: boolean, streams: ChildStreams): OutputStream {
  const { fileSystem } = shell.proc.context;
  const path = resolvePath(shell.state.workingDirectory, file);
  if (path === '/dev/null') return NULL_OUTPUT;
  if (path === '/dev/stdout') return streams.stdout;
  if (path === '/dev/stderr') return streams.stderr;
  const existing = fileKind(fileSystem, path);
  if (existing === 'directory') throw new ShellError(shell.dialect.isDirectory(file), 1);
  const missing = existing === null && (isKernelFile(path) || !fileSystem.isDirectory(parentDirectory(path)));
  if (missing || file === '') throw new ShellError(shell.dialect.cannotCreate(file), 1);
  const keeps = isKernelFile(path) || (append && existing === 'file');
  if (!keeps) fileSystem.writeText(path, '');
  return OutputDescriptor.on(new FileOutput(fileSystem, path));
}

/** Only 0, 1 and 2 are modelled. */
function badDescriptor(descriptor: string): ShellError {
  return new ShellError(`${descriptor}: bad file descriptor`, 2);
}
