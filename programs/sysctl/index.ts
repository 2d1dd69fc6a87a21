import type { NamedProgram } from '../named-program.ts';
import { sysctl } from './sysctl.ts';

export const programs: NamedProgram[] = [{ names: ['sysctl'], program: sysctl }];
