import type { NamedProgram } from '../named-program.ts';
import { conntrack } from './conntrack.ts';

export const programs: NamedProgram[] = [{ names: ['conntrack'], program: conntrack }];
