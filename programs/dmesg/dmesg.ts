import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { notModelled } from '../not-modelled.ts';

/**
 * `dmesg [-c|-C]`: the kernel log, and with -c or -C clears it. Where a process may not administer the network it may not
 * read the log either, as Debian sets it up (kernel.dmesg_restrict). Not modelled: every other option.
 */
export function* dmesg(proc: Process): ProgramRun {
  const options = proc.argv.slice(1);
  const other = options.find((option) => option !== '-c' && option !== '-C');
  if (other !== undefined) return notModelled(proc, other);
  if (proc.context.netAdmin === false) {
    proc.printError('dmesg: read kernel buffer failed: Operation not permitted\n');
    return 1;
  }
  const { kernelLog } = proc.host;
  if (!options.includes('-C')) {
    for (const { timeNs, text } of kernelLog.lines)
      proc.print(`[${(timeNs / 1e9).toFixed(6).padStart(12)}] ${text}\n`);
  }
  if (options.length > 0) kernelLog.clear();
  return 0;
}
