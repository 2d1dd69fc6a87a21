/** A line typed in a lab → what is to be done. Steps' own words work as they do in a file; all else is the shell's. */
import { FormatError } from '../../programs/compose-file/schema/format-error.ts';
import { parseStep, parseWhere } from '../load/parse-step.ts';
import type { Where } from '../load/step.ts';
import type { InstantAction } from '../run/step-actions.ts';

export type LabLine =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'help' }
  | { readonly kind: 'time' }
  /** Back to where one was before, or out of the lab. */
  | { readonly kind: 'exit'; readonly code: number | undefined }
  /** Lines after it are typed there. */
  | { readonly kind: 'go'; readonly where: Where }
  /** `where` undefined: here. */
  | { readonly kind: 'command'; readonly where: Where | undefined; readonly command: string }
  | { readonly kind: 'wait'; readonly durationNs: number }
  | { readonly kind: 'action'; readonly action: InstantAction };

/** Words that only a lab has, for completion and help. */
export const LAB_WORDS = ['capture', 'exit', 'help', 'host', 'kill', 'link', 'on', 'time', 'wait'];

const PROMPT = /^\s*([^\s$]+)\$(?:\s+(.*))?$/s;
const ON_HINT = 'write on NAME [COMMAND], as on c1 ip addr';

/** Reads a line. Throws a FormatError. `isContainer` tells the containers that run, for `kill`. */
export function readLabLine(text: string, isContainer: (name: string) => boolean): LabLine {
  const line = text.trim();
  if (line === '' || line.startsWith('#')) return { kind: 'nothing' };
  const prompt = PROMPT.exec(line);
  if (prompt !== null && isWhere(prompt[1]!)) return toCommand(prompt[1]!, prompt[2] ?? '');
  const [word = '', rest = ''] = [/^\S+/.exec(line)![0], line.replace(/^\S+\s*/, '')];
  if (word === 'on') {
    const [name = ''] = rest.split(/\s/, 1);
    if (name === '') throw new FormatError('on what?', ON_HINT);
    return toCommand(name, rest.slice(name.length).trim());
  }
  if (line === 'help' || line === 'time') return { kind: line };
  const exit = /^(?:exit|logout)(?:\s+(\d+))?$/.exec(line);
  if (exit !== null)
    return { kind: 'exit', code: exit[1] === undefined ? undefined : Number(exit[1]) & 0xff };
  if (!isStep(word, rest, isContainer)) return { kind: 'command', where: undefined, command: line };
  const action = parseStep(line);
  if (action.kind === 'wait') return action;
  if (action.kind === 'run') throw new Error('a step with a prompt is read above');
  return { kind: 'action', action };
}

function toCommand(name: string, command: string): LabLine {
  const where = parseWhere(name);
  return command === '' ? { kind: 'go', where } : { kind: 'command', where, command };
}

function isWhere(text: string): boolean {
  try {
    parseWhere(text);
    return true;
  } catch {
    return false;
  }
}

/** Some words of steps are commands too: `wait`, `kill` and `host` are told by what stands behind them. */
function isStep(word: string, rest: string, isContainer: (name: string) => boolean): boolean {
  switch (word) {
    case 'capture':
    case 'link':
      return true;
    case 'wait':
      return /^[\d.]+\s*[A-Za-zµ]/.test(rest);
    case 'host':
      return /^\S+\s+(?:up|down)$/.test(rest);
    case 'kill':
      return isContainer(rest);
    default:
      return false;
  }
}
