import { setTimeout as delay } from 'node:timers/promises';
import type { Lab } from '../../scenarios/lab/lab.ts';
import type { PauseState } from '../../scenarios/lab/lab-options.ts';
import type { LineSource } from '../commands/shell.ts';
import type { Terminal } from '../terminal.ts';
import { HistoryFile, historyPath } from './history-file.ts';
import { interruptible } from './interruptible.ts';
import { LineEditor, type Typed } from './line-editor.ts';

/** A command that goes on printing for longer than this is shown no faster than can be read. */
const UNPACED_NS = 20_000_000_000;
/** Then simulated time is at most so much faster than time. */
const PACE = 10;
const QUIET_MS = 50;
const CTRL_C_SHOWN = '^C';

/** Lines that a person types at a terminal. */
export function typedLines(terminal: Terminal): LineSource {
  /** The last line of output, when it has no end: the prompt comes behind it. */
  let tail = '';
  const print = (text: string) => {
    tail = text.includes('\n') ? text.slice(text.lastIndexOf('\n') + 1) : tail + text;
    terminal.out(text);
  };
  return {
    options: { onOutput: print, pause: pacer() },
    run: async (lab) => {
      const history = new HistoryFile(historyPath(terminal.env));
      const editor = new LineEditor(process.stdin, process.stdout, history.load(), (line) => {
        const { start, candidates } = lab.complete(line);
        const spaced = candidates.length === 1 && !candidates[0]!.endsWith('/');
        return [spaced ? [`${candidates[0]!} `] : candidates, line.slice(start)];
      });
      terminal.out('Type help for help; Ctrl-D or exit leaves.\n');
      // The terminal shows it where the cursor is; most programs say nothing then.
      const noteInterrupt = () => (tail = CTRL_C_SHOWN);
      while (!lab.left) {
        if (tail === CTRL_C_SHOWN) print('\n');
        const typed = await editor.ask(tail + lab.prompt);
        if (typed.kind === 'line') {
          if (typed.isAhead) terminal.out(`${lab.prompt}${typed.text}\n`);
          history.add(typed.text);
        }
        tail = typed.kind === 'interrupt' ? CTRL_C_SHOWN : '';
        await interruptible(lab, () => hand(lab, typed), noteInterrupt);
      }
      editor.close();
      process.stdin.destroy();
      return lab.exitCode;
    },
  };
}

function hand(lab: Lab, typed: Typed): Promise<unknown> {
  if (typed.kind === 'line') return lab.enter(typed.text);
  return typed.kind === 'end' ? lab.endInput() : lab.interrupt();
}

/** Lets the event loop turn between slices, and holds back what prints on and on. */
function pacer(): (state: PauseState) => Promise<void> {
  let beforeNs = 0;
  let printedNs = 0;
  return async ({ ranNs, printed, quiet }) => {
    if (ranNs < beforeNs) printedNs = -Infinity;
    const passedNs = Math.max(0, ranNs - beforeNs);
    beforeNs = ranNs;
    if (printed) printedNs = ranNs;
    const isPaced = ranNs > UNPACED_NS && ranNs - printedNs < UNPACED_NS;
    const waitMs = quiet ? QUIET_MS : isPaced ? passedNs / PACE / 1e6 : 0;
    // A timer takes a millisecond at least; slices without a wait are many.
    await (waitMs >= 1 ? delay(waitMs) : new Promise((resolve) => setImmediate(resolve)));
  };
}
