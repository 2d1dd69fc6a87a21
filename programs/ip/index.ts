import type { NamedProgram } from '../named-program.ts';
import { busybox, ip } from './ip.ts';

export const programs: NamedProgram[] = [
  { names: ['ip'], program: ip },
  { names: ['busybox'], program: busybox },
];
