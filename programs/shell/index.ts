import type { NamedProgram } from '../named-program.ts';
import { sh } from './sh.ts';

export { completeLine, type Completion } from './completion.ts';
export { parseShell } from './parser.ts';
export { runShellLine, type ShellLineOptions } from './run-shell-line.ts';
export { ShellSyntaxError } from './shell-syntax-error.ts';

export const programs: NamedProgram[] = [{ names: ['sh', 'ash', 'dash', 'bash'], program: sh }];
