import { OutputDescriptor } from '../core/host/descriptor.ts';
import type { Process, ProcessContext } from '../core/host/process.ts';
import { OwnedChild, findProgram } from './child-process.ts';
import type { Run } from './line-input.ts';

/** Runs a program as a foreground child in other namespaces; null when there is none of that name. */
export function* runInContext(
  proc: Process,
  context: ProcessContext,
  argv: readonly string[],
): Run<number | null> {
  const program = findProgram(proc, argv[0] ?? '');
  if (program === undefined) return null;
  let owned: OwnedChild | null = null;
  const stdout = OutputDescriptor.duplicate(proc.stdout);
  const stderr = OutputDescriptor.duplicate(proc.stderr);
  const child = proc.host.processes.spawn(program, {
    context,
    argv,
    environment: proc.environment,
    stdin: proc.stdin,
    stdout,
    stderr,
    onExit: () => {
      if (owned !== null) proc.disown(owned);
    },
  });
  stdout.owner = child;
  stderr.owner = child;
  owned = new OwnedChild(child);
  proc.own(owned);
  return yield* proc.waitFor(child);
}
