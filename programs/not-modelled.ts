import type { Process } from '../core/host/process.ts';
import { toolName } from './arguments.ts';

/** Says on standard error that a tool's option or command is not modelled; returns the exit code for it. */
export function notModelled(proc: Process, what: string, exitCode = 1): number {
  proc.printError(`${toolName(proc)}: not modelled: ${what}\n`);
  return exitCode;
}
