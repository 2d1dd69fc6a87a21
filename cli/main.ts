#!/usr/bin/env node
/** The command from its sources. What is installed starts in launch.ts. */
import { main } from './main-function.ts';
import { outliveReader, processTerminal } from './terminal.ts';

outliveReader();
process.exitCode = await main(process.argv.slice(2), processTerminal);
