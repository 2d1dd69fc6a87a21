import type { Host } from '../../core/host/host.ts';
import type { ProcessContext } from '../../core/host/process.ts';
import { resolvePath } from '../files.ts';
import { BUILTINS } from './builtins/index.ts';

/** What a Tab offers: the texts that may stand in place of `line.slice(start)`. */
export interface Completion {
  start: number;
  /** Sorted; directories end in `/`. */
  candidates: string[];
}

/** Words after which a command follows. */
const BEFORE_COMMAND = [
  'if',
  'then',
  'elif',
  'else',
  'while',
  'until',
  'do',
  '!',
  '{',
  'time',
  'sudo',
  'exec',
  'env',
];

/**
 * Completes the word at the end of a line: a command name where a command is expected, else a file name. Quotes are
 * not looked into. Arguments of particular commands are the caller's to add.
 */
export function completeLine(host: Host, context: ProcessContext, line: string, directory = '/'): Completion {
  const word = /[^\s;&|<>()`$"']*$/.exec(line)![0];
  const start = line.length - word.length;
  const commandExpected = expectsCommand(line.slice(0, start));
  if (commandExpected && !word.includes('/')) {
    const names = new Set([...BUILTINS.keys(), ...host.env.programs.names()]);
    return { start, candidates: [...names].filter((name) => name.startsWith(word)).sort() };
  }
  return { start, candidates: files(context, word, directory) };
}

function expectsCommand(before: string): boolean {
  const trimmed = before.trimEnd();
  if (trimmed === '' || /[;&|({`]$/.test(trimmed)) return true;
  return BEFORE_COMMAND.includes(/\S+$/.exec(trimmed)?.[0] ?? '');
}

function files(context: ProcessContext, word: string, directory: string): string[] {
  const slash = word.lastIndexOf('/') + 1;
  const typed = word.slice(0, slash);
  const prefix = word.slice(slash);
  const folder = resolvePath(directory, typed === '' ? '.' : typed);
  const { fileSystem } = context;
  return fileSystem
    .list(folder)
    .filter((name) => name.startsWith(prefix) && (prefix !== '' || !name.startsWith('.')))
    .map((name) => `${typed}${name}${fileSystem.isDirectory(resolvePath(folder, name)) ? '/' : ''}`);
}
