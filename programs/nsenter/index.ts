import type { NamedProgram } from '../named-program.ts';
import { nsenter } from './nsenter.ts';

export const programs: NamedProgram[] = [{ names: ['nsenter'], program: nsenter }];
