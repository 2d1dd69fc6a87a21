import type { NamedProgram } from '../named-program.ts';
import { brctl } from './brctl.ts';

export const programs: NamedProgram[] = [{ names: ['brctl'], program: brctl }];
