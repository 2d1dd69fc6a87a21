#!/usr/bin/env node
/** The command as it is installed. CommonJS, so that Node need not start its other loader. */
import { join } from 'node:path';
import type * as App from './app.ts';
import { loadApp } from './load-app.ts';
import { processTerminal } from './terminal.ts';
import { asksVersion, packageVersion } from './version.ts';

const argv = process.argv.slice(2);
if (asksVersion(argv)) processTerminal.out(`${packageVersion()}\n`);
else void runApp();

async function runApp(): Promise<void> {
  const bundle = join(__dirname, '../app.cjs');
  const app = loadApp<typeof App>(bundle, `${bundle}.cache`).exports;
  app.setImportModule((specifier) => import(specifier));
  process.exitCode = await app.main(argv, processTerminal);
}
