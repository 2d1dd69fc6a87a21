import { parseArgs } from 'node:util';
import type { RunArguments } from './commands/run.ts';

/** The options of `dockwire run`, for Node's own reader; test/cli/plain-run-arguments.test.ts holds them to yargs'. */
const OPTIONS = {
  set: { type: 'string', multiple: true },
  env: { type: 'string', multiple: true },
  out: { type: 'string', short: 'o' },
  seed: { type: 'string' },
  until: { type: 'string' },
  json: { type: 'boolean' },
  quiet: { type: 'boolean', short: 'q' },
  'allow-code': { type: 'boolean' },
} as const;

/** Short options in a row, and words that may be the value of the flag before them. */
const JUDGED = /^(-[^-].+|true|false)$/;

/**
 * The arguments of `dockwire run FILE` when there is nothing to say about them: setting yargs up takes longer than reading a
 * scenario. Null when they are another command's, or anything is unknown, missing, repeated or ill-formed: then yargs says so.
 */
export function plainRunArguments(argv: readonly string[]): RunArguments | null {
  const [name, ...args] = argv;
  if (name !== 'run' || args.some((word) => JUDGED.test(word))) return null;
  const read = readStrictly(args);
  if (read === null || read.positionals.length !== 1) return null;
  const { values, tokens } = read;
  const given = tokens.map((token) => (token.kind === 'option' ? token.name : token.kind));
  const isRepeated = given.some((one, at) => one !== 'set' && one !== 'env' && given.indexOf(one) !== at);
  if (isRepeated || given.includes('option-terminator')) return null;
  const { seed, 'allow-code': allowCode, ...rest } = values;
  if (seed !== undefined && !/^\d{1,9}$/.test(seed)) return null;
  // What looks like an option, or like nothing, is yargs' to judge.
  const texts = [...read.positionals, ...Object.values(rest).flat()];
  if (texts.some((text) => text === '' || String(text).startsWith('-'))) return null;
  return {
    ...rest,
    file: read.positionals[0]!,
    ...(seed === undefined ? {} : { seed: Number(seed) }),
    ...(allowCode === undefined ? {} : { allowCode }),
  };
}

function readStrictly(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true, tokens: true });
  } catch {
    return null;
  }
}
