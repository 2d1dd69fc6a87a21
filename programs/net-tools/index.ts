import type { NamedProgram } from '../named-program.ts';
import { ifconfig } from './ifconfig.ts';
import { netstat } from './netstat.ts';
import { route } from './route.ts';

export const programs: NamedProgram[] = [
  { names: ['ifconfig'], program: ifconfig },
  { names: ['netstat'], program: netstat },
  { names: ['route'], program: route },
];
