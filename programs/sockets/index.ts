import type { NamedProgram } from '../named-program.ts';
import { ss } from './ss.ts';

export const programs: NamedProgram[] = [{ names: ['ss'], program: ss }];
