import { createInterface, type Interface } from 'node:readline';
import type { ReadStream } from 'node:tty';
import { HISTORY_SIZE } from './history-file.ts';

/** What a person did at the prompt. */
export type Typed =
  | { readonly kind: 'line'; readonly text: string; readonly isAhead: boolean }
  | { readonly kind: 'interrupt' }
  | { readonly kind: 'end' };

type Completer = (line: string) => [string[], string];

/**
 * The prompt of a terminal: editing, history, completion. While no line is asked for the terminal is left as other
 * programs have it, so that Ctrl-C is a signal.
 */
export class LineEditor {
  private readonly input: ReadStream;
  private readonly output: NodeJS.WriteStream;
  private readonly completer: Completer;
  private history: string[];
  private editor: Interface | null = null;
  /** Lines that came before they were asked for: pasted, say. */
  private readonly ahead: string[] = [];
  private isClosing = false;
  private answer: ((typed: Typed) => void) | null = null;

  constructor(input: ReadStream, output: NodeJS.WriteStream, history: string[], completer: Completer) {
    this.input = input;
    this.output = output;
    this.history = history;
    this.completer = completer;
  }

  /** Asks for a line. */
  async ask(prompt: string): Promise<Typed> {
    const text = this.ahead.shift();
    if (text !== undefined) return { kind: 'line', text, isAhead: true };
    this.editor ??= this.open();
    this.input.setRawMode(true);
    this.editor.setPrompt(prompt);
    this.editor.prompt();
    const typed = await new Promise<Typed>((resolve) => (this.answer = resolve));
    this.answer = null;
    this.editor?.pause();
    this.input.setRawMode(false);
    return typed;
  }

  close(): void {
    this.isClosing = true;
    this.editor?.close();
  }

  private open(): Interface {
    const editor = createInterface({
      input: this.input,
      output: this.output,
      completer: this.completer,
      history: this.history,
      historySize: HISTORY_SIZE,
      removeHistoryDuplicates: true,
      terminal: true,
    });
    editor.on('line', (text) => {
      if (this.answer === null) this.ahead.push(text);
      else this.give({ kind: 'line', text, isAhead: false });
    });
    editor.on('history', (history) => (this.history = history));
    editor.on('SIGINT', () => {
      // As shells do: the line is left where it is, and not run.
      this.output.write('^C');
      Object.assign(editor, { line: '', cursor: 0, prevRows: 0 });
      this.give({ kind: 'interrupt' });
    });
    // Ctrl-D closes it.
    editor.on('close', () => {
      this.editor = null;
      if (this.isClosing) return;
      this.output.write('\n');
      this.give({ kind: 'end' });
    });
    return editor;
  }

  private give(typed: Typed): void {
    const { answer } = this;
    this.answer = null;
    answer?.(typed);
  }
}
