import type { NamedProgram } from '../named-program.ts';
import { flask } from './flask.ts';

export const programs: readonly NamedProgram[] = [{ names: ['flask'], program: flask }];
