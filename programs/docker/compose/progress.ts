import type { Process } from '../../../core/host/process.ts';

/** One thing that happens, as Compose prints it where it is not on a terminal (pkg/progress/plain.go). */
export function progress(proc: Process, what: string, status: string): void {
  proc.printError(` ${what}  ${status}\n`);
}
