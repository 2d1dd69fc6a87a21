import type { NamedProgram } from '../named-program.ts';
import { dig } from './dig.ts';
import { host } from './host.ts';
import { nslookup } from './nslookup.ts';

export const programs: NamedProgram[] = [
  { names: ['dig'], program: dig },
  { names: ['host'], program: host },
  { names: ['nslookup'], program: nslookup },
];
