import { parseShell } from './parser.ts';
import { ShellSyntaxError } from './shell-syntax-error.ts';

/** Whether a text ends within a quote, a loop or the like, so that a shell asks for more. */
export function isIncomplete(text: string): boolean {
  try {
    parseShell(text);
    return false;
  } catch (error) {
    return error instanceof ShellSyntaxError && error.incomplete;
  }
}
