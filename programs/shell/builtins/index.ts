import type { Builtin } from './builtin.ts';
import { command, type } from './commands.ts';
import { breakBuiltin, continueBuiltin, evalBuiltin, exec, exit, returnBuiltin, source } from './control.ts';
import { jobs, kill, wait } from './jobs.ts';
import { colon, echo, falseBuiltin, printf, read, test } from './text.ts';
import { cd, exportBuiltin, local, pwd, readonlyBuiltin, set, shift, unset } from './variables.ts';

/** The commands that are part of the shell. */
export const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  [':', colon],
  ['.', source],
  ['[', test],
  ['break', breakBuiltin],
  ['cd', cd],
  ['command', command],
  ['continue', continueBuiltin],
  ['echo', echo],
  ['eval', evalBuiltin],
  ['exec', exec],
  ['exit', exit],
  ['export', exportBuiltin],
  ['false', falseBuiltin],
  ['jobs', jobs],
  ['kill', kill],
  ['local', local],
  ['printf', printf],
  ['pwd', pwd],
  ['read', read],
  ['readonly', readonlyBuiltin],
  ['return', returnBuiltin],
  ['set', set],
  ['shift', shift],
  ['source', source],
  ['test', test],
  ['true', colon],
  ['type', type],
  ['unset', unset],
  ['wait', wait],
]);
