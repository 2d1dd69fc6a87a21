import type { Program } from '../core/host/program.ts';

/** A program and the names it is started by. Each folder here lists its own in `index.ts` as `programs`. */
export interface NamedProgram {
  names: readonly string[];
  program: Program;
}
