import type { RunProgress } from '../scenarios/run/run-options.ts';
import type { Terminal } from './terminal.ts';

/** One line on standard error that is overwritten as a run goes on; nothing when that is no terminal. */
export class ProgressLine {
  private readonly terminal: Terminal;
  private shown = false;

  constructor(terminal: Terminal) {
    this.terminal = terminal;
  }

  show(progress: RunProgress): void {
    const seconds = (progress.nowNs / 1e9).toFixed(3);
    this.showText(`${seconds} s simulated, step ${progress.stepsDone} of ${progress.stepsTotal}`);
  }

  showText(text: string): void {
    if (!this.terminal.errIsTty()) return;
    this.terminal.err(`\r\u001b[K${text}`);
    this.shown = true;
  }

  clear(): void {
    if (!this.shown) return;
    this.terminal.err('\r\u001b[K');
    this.shown = false;
  }
}
