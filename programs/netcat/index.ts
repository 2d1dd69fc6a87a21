import type { NamedProgram } from '../named-program.ts';
import { nc } from './nc.ts';

export const programs: NamedProgram[] = [{ names: ['nc', 'netcat'], program: nc }];
