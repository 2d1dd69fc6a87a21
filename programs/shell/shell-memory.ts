import type { Process } from '../../core/host/process.ts';
import { dialectOf } from './dialect.ts';
import { createShell } from './script-program.ts';
import { Shell, type Job } from './shell.ts';
import type { ShellState } from './shell-state.ts';

/** What a shell keeps from one typed line to the next: each line runs in a process of its own. */
export interface ShellMemory {
  /** Null before the first line. */
  state: ShellState | null;
  readonly jobs: Job[];
}

/** A shell in a process that goes on where the line before ended. */
export function resumeShell(proc: Process, shellName: string, memory: ShellMemory): Shell {
  memory.state ??= createShell(proc, shellName).state;
  memory.state.shellPid = proc.pid;
  return new Shell(proc, memory.state, dialectOf(shellName, proc.context.userland), memory.jobs);
}
