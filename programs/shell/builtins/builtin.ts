import type { ChildStreams } from '../../child-process.ts';
import type { Run } from '../../line-input.ts';
import type { Executor } from '../executor.ts';
import type { Shell } from '../shell.ts';

/** One call of a builtin. */
export interface BuiltinCall {
  executor: Executor;
  shell: Shell;
  name: string;
  args: readonly string[];
  streams: ChildStreams;
  line: number;
}

/** A command that is part of the shell. */
export type Builtin = (call: BuiltinCall) => Run<number>;

/** Prints `sh: name: message` and returns an exit code. */
export function fail(call: BuiltinCall, message: string, code = 1): number {
  call.shell.complain(call.streams, call.line, `${call.name}: ${message}`);
  return code;
}
