import type { Program } from '../../core/host/program.ts';
import { parseArguments } from '../arguments.ts';
import { absolutePath } from '../files.ts';
import { complain, linesOf, readOperands, type OpenComplaint } from './operands.ts';

const CANNOT_READ: OpenComplaint = (file, reason, userland) =>
  userland === 'busybox' ? `can't open '${file}': ${reason}` : `cannot read: ${file}: ${reason}`;

interface SortKey {
  startField: number;
  startCharacter: number;
  /** 0: to the end of the line. */
  endField: number;
  endCharacter: number;
  flags: string;
}

/** `sort [-nrufVhb] [-k start[.char][flags][,end]] [-t separator] [-o file] [file…]`, in the order of the C locale. */
export const sort: Program = function* (proc) {
  const args = parseArguments(proc, {
    short: 'nrufbsVhk:t:o:',
    long: {
      'numeric-sort': 'n',
      reverse: 'r',
      unique: 'u',
      'ignore-case': 'f',
      key: 'k',
      'field-separator': 't',
    },
  });
  if (args === null) return 2;
  const global = ['n', 'f', 'V', 'h', 'b', 'r'].filter((flag) => args.has(flag)).join('');
  const keys: SortKey[] = [];
  for (const text of args.values('k')) {
    const key = parseKey(text, global);
    if (key === null) return complain(proc, `invalid key '${text}'`, 2);
    keys.push(key);
  }
  const { text, failed } = yield* readOperands(proc, args.operands, CANNOT_READ);
  if (failed) return proc.context.userland === 'busybox' ? 1 : 2;
  const separator = args.value('t');
  const byKeys = (a: string, b: string) => {
    for (const key of keys) {
      const order = compare(keyText(a, key, separator), keyText(b, key, separator), key.flags);
      if (order !== 0) return key.flags.includes('r') ? -order : order;
    }
    if (keys.length > 0) return 0;
    const order = compare(a, b, global);
    return global.includes('r') ? -order : order;
  };
  const lastResort = (a: string, b: string) => (global.includes('r') ? -plain(a, b) : plain(a, b));
  const plainOnly = args.has('s') || args.has('u');
  let lines = linesOf(text).sort((a, b) => byKeys(a, b) || (plainOnly ? 0 : lastResort(a, b)));
  if (args.has('u')) lines = lines.filter((line, i) => i === 0 || byKeys(lines[i - 1]!, line) !== 0);
  const output = lines.map((line) => `${line}\n`).join('');
  const file = args.value('o');
  if (file === undefined) proc.print(output);
  else proc.context.fileSystem.writeText(absolutePath(proc, file), output);
  return 0;
};

function parseKey(text: string, global: string): SortKey | null {
  const match = /^(\d+)(?:\.(\d+))?([a-zA-Z]*)(?:,(\d+)(?:\.(\d+))?([a-zA-Z]*))?$/.exec(text);
  if (match === null) return null;
  const own = (match[3] ?? '') + (match[6] ?? '');
  return {
    startField: Number(match[1]),
    startCharacter: Number(match[2] ?? 1),
    endField: Number(match[4] ?? 0),
    endCharacter: Number(match[5] ?? 0),
    flags: own === '' ? global : own,
  };
}

function keyText(line: string, key: SortKey, separator: string | undefined): string {
  // Without -t a field begins with the blanks before it.
  const fields = separator === undefined ? (line.match(/\s*\S+|\s+$/g) ?? []) : line.split(separator);
  const end = key.endField === 0 ? fields.length : Math.min(key.endField, fields.length);
  const chosen = fields.slice(key.startField - 1, end);
  if (key.endCharacter > 0 && key.endField <= fields.length && chosen.length > 0) {
    chosen[chosen.length - 1] = chosen.at(-1)!.slice(0, key.endCharacter);
  }
  const text = chosen.join(separator ?? '');
  return text.slice(key.startCharacter - 1);
}

function compare(a: string, b: string, flags: string): number {
  if (flags.includes('h')) return humanNumber(a) - humanNumber(b);
  if (flags.includes('n')) return leadingNumber(a) - leadingNumber(b);
  if (flags.includes('V')) return versionOrder(a, b);
  const left = flags.includes('b') ? a.trimStart() : a;
  const right = flags.includes('b') ? b.trimStart() : b;
  return flags.includes('f') ? plain(left.toUpperCase(), right.toUpperCase()) : plain(left, right);
}

function plain(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function leadingNumber(text: string): number {
  return Number(/^\s*(-?\d*\.?\d*)/.exec(text)![1]) || 0;
}

function humanNumber(text: string): number {
  const unit = /^\s*-?\d*\.?\d*([KMGTP])/i.exec(text)?.[1]?.toUpperCase() ?? '';
  return leadingNumber(text) * 1024 ** (' KMGTP'.indexOf(unit === '' ? ' ' : unit) || 0);
}

function versionOrder(a: string, b: string): number {
  const left = a.match(/\d+|\D+/g) ?? [];
  const right = b.match(/\d+|\D+/g) ?? [];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const numbers = /^\d/.test(left[i]!) && /^\d/.test(right[i]!);
    const order = numbers ? Number(left[i]) - Number(right[i]) : plain(left[i]!, right[i]!);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}
