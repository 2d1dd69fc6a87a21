import type { NamedProgram } from '../named-program.ts';
import { traceroute } from './traceroute.ts';

export const programs: NamedProgram[] = [{ names: ['traceroute'], program: traceroute }];
