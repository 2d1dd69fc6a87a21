import type { Host } from '../../core/host/host.ts';
import type { Process, ProcessContext } from '../../core/host/process.ts';
import type { ChildStreams } from '../child-process.ts';
import { createShell, runScript } from './script-program.ts';
import { resumeShell, type ShellMemory } from './shell-memory.ts';

export interface ShellLineOptions {
  environment?: ReadonlyMap<string, string>;
  onExit?: (process: Process) => void;
  /** What a line before left behind, and what this one leaves: variables, functions, directory, jobs. */
  memory?: ShellMemory;
}

/**
 * Runs a line as a person at that machine or container would: with bash where the userland is Debian's, with ash
 * in busybox. The process returned ends with the line's exit code; `kill(SIGINT)` is Ctrl-C.
 */
export function runShellLine(
  host: Host,
  context: ProcessContext,
  line: string,
  streams: ChildStreams,
  { memory, ...options }: ShellLineOptions = {},
): Process {
  const name = context.userland === 'debian' ? 'bash' : 'sh';
  const shellOf = (proc: Process) =>
    memory === undefined ? createShell(proc, name) : resumeShell(proc, name, memory);
  // A typed line is not among the shell's arguments: `ps` does not show it.
  return host.processes.spawn((proc) => runScript(shellOf(proc), line), {
    context,
    argv: [name],
    ...streams,
    ...options,
  });
}
