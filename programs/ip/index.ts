import type { NamedProgram } from '../named-program.ts';
import { ip } from './ip.ts';

export const programs: NamedProgram[] = [{ names: ['ip'], program: ip }];
