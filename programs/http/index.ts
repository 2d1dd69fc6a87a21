import type { Program } from '../../core/host/program.ts';
import type { NamedProgram } from '../named-program.ts';
import { apache } from './apache.ts';
import { busyboxHttpd } from './busybox-httpd/index.ts';
import { curl } from './curl/index.ts';
import { nginx } from './nginx.ts';
import { catalina } from './tomcat.ts';
import { busyboxWget } from './wget/busybox-wget.ts';
import { gnuWget } from './wget/gnu-wget.ts';

/** `httpd` and `wget` are what the image's userland has. */
const httpd: Program = (proc) => (proc.context.userland === 'busybox' ? busyboxHttpd(proc) : apache(proc));
const wget: Program = (proc) => (proc.context.userland === 'busybox' ? busyboxWget(proc) : gnuWget(proc));

export const programs: NamedProgram[] = [
  { names: ['busybox-httpd'], program: busyboxHttpd },
  { names: ['catalina.sh'], program: catalina },
  { names: ['curl'], program: curl },
  { names: ['httpd'], program: httpd },
  { names: ['httpd-foreground'], program: apache },
  { names: ['nginx'], program: nginx },
  { names: ['wget'], program: wget },
];
