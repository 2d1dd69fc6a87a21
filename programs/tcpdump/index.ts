import type { NamedProgram } from '../named-program.ts';
import { tcpdump } from './tcpdump.ts';

export const programs: NamedProgram[] = [{ names: ['tcpdump'], program: tcpdump }];
