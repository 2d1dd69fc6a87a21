import type { Program } from '../../core/host/program.ts';
import { echoText } from '../shell/echo-text.ts';

export const echo: Program = function* (proc) {
  proc.print(echoText(proc.argv.slice(1), proc.context.userland === 'busybox' ? 'ash' : 'bash'));
  return 0;
};
