import type { NamedProgram } from '../named-program.ts';
import { arp } from './arp.ts';

export const programs: NamedProgram[] = [{ names: ['arp'], program: arp }];
