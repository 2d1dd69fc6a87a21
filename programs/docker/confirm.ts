import type { Process } from '../../core/host/process.ts';
import { LineInput, type Run } from '../line-input.ts';
import type { FlagSpec } from './flags.ts';

/** What every `prune` takes. */
export const PRUNE_FLAGS: readonly FlagSpec[] = [
  {
    name: 'filter',
    kind: 'list',
    type: 'filter',
    usage: "Provide filter values (e.g. 'until=<timestamp>')",
  },
  { name: 'force', short: 'f', kind: 'bool', usage: 'Do not prompt for confirmation' },
];

/** Asks before something is removed: true for y (docker/cli command/utils.go PromptForConfirmation). */
export function* confirm(proc: Process, warning: string): Run<boolean> {
  return yield* ask(proc, `${warning}\nAre you sure you want to continue? [y/N] `);
}

/** Puts a question: true for y. */
export function* ask(proc: Process, question: string): Run<boolean> {
  proc.print(question);
  const line = yield* LineInput.on(proc.stdin).nextLine(proc);
  return line !== null && line.trim().toLowerCase() === 'y';
}
