import type { NamedProgram } from '../named-program.ts';
import { bridge } from './bridge.ts';

export const programs: NamedProgram[] = [{ names: ['bridge'], program: bridge }];
