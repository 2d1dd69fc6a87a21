#!/usr/bin/env node
import module from 'node:module';
import { main } from './main-function.ts';
import { processTerminal } from './terminal.ts';

// Node 22 and later keep compiled modules on disk.
(module as { enableCompileCache?: () => void }).enableCompileCache?.();
// When the reader goes away (`| head`) the run still goes on to write its files.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
process.exitCode = await main(process.argv.slice(2), processTerminal);
