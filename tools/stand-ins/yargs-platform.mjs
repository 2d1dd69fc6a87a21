/**
 * What yargs asks of the platform (its lib/platform-shims/esm.mjs), without what takes longer to set up than a scenario takes to
 * read: node:assert, which loads streams and sockets; standard output, whose width cli/parse-command-line.ts tells; the search for
 * package.json and for messages in other languages.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { format, inspect } from 'node:util';
import cliui from 'cliui';
import Parser from 'yargs-parser';
import stringWidth from './string-width.mjs';

export default {
  assert: { strictEqual, notStrictEqual },
  cliui,
  findUp: () => null,
  getEnv: (name) => process.env[name],
  inspect,
  getProcessArgvBin: () => basename(process.argv[1] ?? ''),
  mainFilename: process.cwd(),
  Parser,
  path: { basename, dirname, extname, join, relative, resolve },
  process: {
    argv: () => process.argv,
    cwd: () => process.cwd(),
    emitWarning: (warning, type) => process.emitWarning(warning, type),
    execPath: () => process.execPath,
    exit: (code) => process.exit(code),
    nextTick: process.nextTick,
    stdColumns: null,
  },
  readFileSync,
  readdirSync,
  require: createRequire(import.meta.url),
  getCallerFile: () => import.meta.url,
  stringWidth,
  y18n: {
    __: (text, ...values) => format(text, ...values),
    __n: (one, many, count, ...values) => {
      const text = count === 1 ? one : many;
      return text.includes('%d') ? format(text, count, ...values) : format(text, ...values);
    },
    getLocale: () => 'en',
    setLocale: () => undefined,
    updateLocale: () => undefined,
  },
};

function strictEqual(actual, expected, message) {
  if (!Object.is(actual, expected))
    throw new Error(message ?? `${String(actual)} is not ${String(expected)}`);
}

function notStrictEqual(actual, expected, message) {
  if (Object.is(actual, expected)) throw new Error(message ?? `${String(actual)} is what it must not be`);
}
