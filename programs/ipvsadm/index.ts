import type { NamedProgram } from '../named-program.ts';
import { ipvsadmProgram, ipvsadmRestoreProgram, ipvsadmSaveProgram } from './ipvsadm.ts';

export const programs: NamedProgram[] = [
  { names: ['ipvsadm'], program: ipvsadmProgram },
  { names: ['ipvsadm-save'], program: ipvsadmSaveProgram },
  { names: ['ipvsadm-restore'], program: ipvsadmRestoreProgram },
];
