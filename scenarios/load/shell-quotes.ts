import { FormatError } from '../../programs/compose-file/schema/format-error.ts';

/** Throws when a quote, `$(` or backquote in a command line is left open. Here-documents are not looked into. */
export function checkQuotes(command: string): void {
  const open: { mark: string; at: number }[] = [];
  for (let i = 0; i < command.length; i++) {
    const char = command[i]!;
    const inside = open.at(-1)?.mark;
    if (inside === "'") {
      if (char === "'") open.pop();
    } else if (char === '\\') {
      i++;
    } else if (char === '$' && command[i + 1] === '(') {
      open.push({ mark: '$(', at: i });
      i++;
    } else if (char === '"') {
      if (inside === '"') open.pop();
      else open.push({ mark: '"', at: i });
    } else if (char === '`') {
      if (inside === '`') open.pop();
      else open.push({ mark: '`', at: i });
    } else if (char === "'" && inside !== '"') {
      open.push({ mark: "'", at: i });
    } else if (char === ')' && inside === '$(') {
      open.pop();
    } else if (char === '(' && (inside === '$(' || inside === '(')) {
      open.push({ mark: '(', at: i });
    } else if (char === ')' && inside === '(') {
      open.pop();
    } else if (char === '#' && inside === undefined && (i === 0 || /\s/.test(command[i - 1]!))) {
      const end = command.indexOf('\n', i);
      if (end < 0) return;
      i = end;
    }
  }
  const left = open[0];
  if (left !== undefined) {
    throw new FormatError(`${left.mark} is not closed`, 'close it, or put a backslash before it', left.at);
  }
}
