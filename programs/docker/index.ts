import type { NamedProgram } from '../named-program.ts';
import { docker } from './docker.ts';

export const programs: readonly NamedProgram[] = [{ names: ['docker'], program: docker }];
