import type { NamedProgram } from '../named-program.ts';
import { dmesg } from './dmesg.ts';

export const programs: NamedProgram[] = [{ names: ['dmesg'], program: dmesg }];
