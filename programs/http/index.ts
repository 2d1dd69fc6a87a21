import type { NamedProgram } from '../named-program.ts';
import { busyboxHttpd } from './busybox-httpd/index.ts';
import { curl } from './curl/index.ts';

export const programs: NamedProgram[] = [
  { names: ['curl'], program: curl },
  { names: ['busybox-httpd'], program: busyboxHttpd },
];
