import type { Process } from '../../core/host/process.ts';
import { DockerError } from '../../drivers/docker-error.ts';
import type { Run } from '../line-input.ts';
import { CliError } from './cli-error.ts';

/** Does something for each operand and prints it; complaints come at the end. Exit code 1 when there were any. */
export function* eachOperand(
  proc: Process,
  operands: readonly string[],
  action: (operand: string) => Run<void>,
): Run<number> {
  const complaints: string[] = [];
  for (const operand of operands) {
    try {
      yield* action(operand);
      proc.print(`${operand}\n`);
    } catch (error) {
      complaints.push(complaintOf(error));
    }
  }
  for (const complaint of complaints) proc.printError(`${complaint}\n`);
  return complaints.length === 0 ? 0 : 1;
}

/** An error as docker prints it; errors of the program itself are thrown on. */
export function complaintOf(error: unknown): string {
  if (error instanceof CliError) return error.message;
  if (error instanceof DockerError) return `Error response from daemon: ${error.message}`;
  throw error;
}
