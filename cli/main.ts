#!/usr/bin/env node
/** The command from its sources. What is installed starts in launch.ts. */
import { main } from './main-function.ts';
import { processTerminal } from './terminal.ts';

process.exitCode = await main(process.argv.slice(2), processTerminal);
