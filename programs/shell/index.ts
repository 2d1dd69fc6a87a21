import type { NamedProgram } from '../named-program.ts';

export const programs: NamedProgram[] = [];
