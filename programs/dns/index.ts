import type { NamedProgram } from '../named-program.ts';
import { nslookup } from './nslookup.ts';

export const programs: NamedProgram[] = [{ names: ['nslookup'], program: nslookup }];
