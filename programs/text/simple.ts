import type { Program } from '../../core/host/program.ts';
import { toolName } from '../arguments.ts';

export const trueProgram: Program = function* () {
  return 0;
};

export const falseProgram: Program = function* () {
  return 1;
};

/** Writes 8 KiB at a time, 1 µs apart, until the reader has gone. */
export const yes: Program = function* (proc) {
  const line = `${proc.argv.slice(1).join(' ') || 'y'}\n`;
  const block = line.repeat(Math.max(1, Math.floor(8192 / line.length)));
  for (;;) {
    proc.print(block);
    yield* proc.sleep(1000);
  }
};

/** A tool that exists on a real machine and is refused here by name. */
export function refused(reason: string): Program {
  return function* (proc) {
    proc.printError(`${toolName(proc)}: ${reason}\n`);
    return 1;
  };
}
