import type { Lab } from '../../scenarios/lab/lab.ts';
import type { LineSource } from '../commands/shell.ts';
import type { Terminal } from '../terminal.ts';
import { interruptible } from './interruptible.ts';

/** Lines from the command line, run as sh runs them: no prompts, and programs have nothing to read. */
export function givenLines(text: string, terminal: Terminal): LineSource {
  return {
    options: {
      input: 'none',
      onOutput: (output, stream) => (stream === 'stdout' ? terminal.out(output) : terminal.err(output)),
    },
    run: (lab) => interruptible(lab, () => enterAll(lab, text.split('\n'))),
  };
}

async function enterAll(lab: Lab, lines: readonly string[]): Promise<number> {
  for (const line of lines) {
    await lab.enter(line);
    if (lab.left) return lab.exitCode;
  }
  while (lab.isNested) await lab.endInput();
  return lab.exitCode;
}
