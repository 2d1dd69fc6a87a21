import { readFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

/** A bundle that ran, and what V8 made of its source. */
export interface LoadedApp<Exports> {
  readonly exports: Exports;
  /** Its createCachedData() gives the functions that were compiled by then. */
  readonly script: Script;
  /** Whether the code cache was there and this Node took it. */
  readonly fromCache: boolean;
}

/** What stands around a CommonJS bundle in its file, as Node puts it around any such module: then V8 takes the file as it is. */
export const APP_HEAD = '(function (exports, require, module, __filename, __dirname) {';
export const APP_FOOT = '})';

type App = (
  exports: unknown,
  require: NodeJS.Require,
  module: Module,
  filename: string,
  dirname: string,
) => void;

/**
 * Runs the bundle `file` between APP_HEAD and APP_FOOT, which is ASCII and cannot import(), with the code cache that an earlier
 * run of it left in `codeCache`: compiling takes longer than a small scenario does. A cache of another V8, or none, costs that
 * time and nothing else.
 * V8 knows a cache by its version, its flags and the length of the source: whoever writes the bundle writes the cache.
 */
export function loadApp<Exports>(file: string, codeCache: string): LoadedApp<Exports> {
  // Latin-1 needs no decoding, and V8 keeps it in one byte a character.
  const source = readFileSync(file, 'latin1');
  const cachedData = readOrNone(codeCache);
  const script = new Script(source, {
    filename: file,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  const module = new Module(file);
  module.filename = file;
  const run = script.runInThisContext() as App;
  run(module.exports, createRequire(file), module, file, dirname(file));
  return {
    exports: module.exports as Exports,
    script,
    fromCache: cachedData !== undefined && script.cachedDataRejected === false,
  };
}

function readOrNone(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
