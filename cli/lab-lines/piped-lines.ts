import { createInterface } from 'node:readline';
import type { Lab } from '../../scenarios/lab/lab.ts';
import type { LineSource } from '../commands/shell.ts';
import type { Terminal } from '../terminal.ts';
import { interruptible } from './interruptible.ts';

/** A program that does not listen to the end of input is not asked for ever. */
const MOST_ENDS = 100;

/** Lines from a pipe or a file, printed as a transcript. SIGINT is for the line in progress; while none is, it ends. */
export function pipedLines(terminal: Terminal, interruptedCode: number): LineSource {
  return {
    options: { echo: true, onOutput: (text) => terminal.out(text) },
    run: async (lab) => {
      const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
      let isInterrupted = false;
      const onInterrupt = () => {
        isInterrupted = true;
        lines.close();
      };
      process.on('SIGINT', onInterrupt);
      try {
        for await (const line of lines) {
          process.removeListener('SIGINT', onInterrupt);
          await interruptible(lab, () => lab.enter(line));
          process.on('SIGINT', onInterrupt);
          if (lab.left) break;
        }
        if (isInterrupted) return interruptedCode;
        return await interruptible(lab, () => endAll(lab));
      } finally {
        process.removeListener('SIGINT', onInterrupt);
        lines.close();
        process.stdin.destroy();
      }
    },
  };
}

/** The pipe has ended: so has the input of every program that still reads. */
async function endAll(lab: Lab): Promise<number> {
  for (let i = 0; lab.isNested && !lab.left && i < MOST_ENDS; i++) await lab.endInput();
  return lab.exitCode;
}
