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

const HEAD = '(function (exports, require, module, __filename, __dirname) {\n';

/**
 * Runs the CommonJS bundle `file`, which is ASCII and cannot import(), with the code cache that an earlier run of it left in
 * `codeCache`: compiling takes longer than a small scenario does. A cache of another V8, or none, costs that time and
 * nothing else.
 * V8 knows a cache by its version, its flags and the length of the source: whoever writes the bundle writes the cache.
 */
export function loadApp<Exports>(file: string, codeCache: string): LoadedApp<Exports> {
  // Latin-1 needs no decoding, and V8 keeps it in one byte a character.
  const source = readFileSync(file, 'latin1');
  const cachedData = readOrNone(codeCache);
  const script = new Script(`${HEAD}${source}\n})`, {
    filename: file,
    lineOffset: -1,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  const module = new Module(file);
  module.filename = file;
  const run = script.runInThisContext() as (...values: unknown[]) => void;
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
