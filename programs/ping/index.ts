import type { Program } from '../../core/host/program.ts';
import type { NamedProgram } from '../named-program.ts';
import { busyboxPing } from './busybox-ping.ts';
import { iputilsPing } from './iputils-ping.ts';

/** `ping` is what the image's userland has. */
const ping: Program = (proc) => (proc.context.userland === 'busybox' ? busyboxPing(proc) : iputilsPing(proc));

/** `iping` is iputils' ping in any image. */
export const programs: NamedProgram[] = [
  { names: ['ping', 'ping6'], program: ping },
  { names: ['iping'], program: iputilsPing },
];
