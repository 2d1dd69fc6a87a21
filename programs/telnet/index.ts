import type { NamedProgram } from '../named-program.ts';
import { telnet } from './telnet.ts';

export const programs: readonly NamedProgram[] = [{ names: ['telnet'], program: telnet }];
