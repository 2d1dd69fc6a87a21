import type { Process } from '../../core/host/process.ts';
import type { Program } from '../../core/host/program.ts';
import type { CommandOutput } from '../../core/netfilter/ipset/ipset-command.ts';
import { ipvsadm } from '../../core/ipvs/text/ipvsadm.ts';
import { LineInput } from '../line-input.ts';

/** ipvsadm; see core/ipvs/text/ipvsadm.ts for what is not modelled. */
export const ipvsadmProgram: Program = function* (proc) {
  const argv = proc.argv.slice(1);
  const restores = argv[0] === '-R' || argv[0] === '--restore';
  return finish(
    proc,
    ipvsadm(proc.netns, argv, restores ? yield* LineInput.on(proc.stdin).readToEnd(proc) : ''),
  );
};

/** ipvsadm-save: `ipvsadm -S` with its options. */
export const ipvsadmSaveProgram: Program = function* (proc) {
  return finish(proc, ipvsadm(proc.netns, ['-S', ...proc.argv.slice(1)]));
};

/** ipvsadm-restore: `ipvsadm -R`. */
export const ipvsadmRestoreProgram: Program = function* (proc) {
  return finish(
    proc,
    ipvsadm(proc.netns, ['-R', ...proc.argv.slice(1)], yield* LineInput.on(proc.stdin).readToEnd(proc)),
  );
};

function finish(proc: Process, { code, stdout, stderr }: CommandOutput): number {
  if (stdout !== '') proc.print(stdout);
  if (stderr !== '') proc.printError(stderr);
  return code;
}
