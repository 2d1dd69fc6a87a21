import type { NamedProgram } from '../named-program.ts';
import { arping } from './arping.ts';

export const programs: NamedProgram[] = [{ names: ['arping'], program: arping }];
