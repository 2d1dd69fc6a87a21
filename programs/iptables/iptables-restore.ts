import type { Program } from '../../core/host/program.ts';
import { IPTABLES_VERSION } from '../../core/netfilter/text/iptables-command.ts';
import { iptablesRestore } from '../../core/netfilter/text/iptables-restore.ts';
import { programName } from '../../core/netfilter/text/save-rule.ts';
import { parseArguments } from '../arguments.ts';
import { absolutePath } from '../files.ts';
import { LineInput } from '../line-input.ts';

/** iptables-restore and ip6tables-restore: -n, -c, -T TABLE, -t (test), -w, a file or standard input. */
export function iptablesRestoreProgram(family: number): Program {
  return function* (proc) {
    const args = parseArguments(proc, {
      short: 'cntT:wW:V',
      long: { counters: 'c', noflush: 'n', test: 't', table: 'T', wait: 'w', version: 'V' },
    });
    if (args === null) return 1;
    const program = `${programName(family)}-restore`;
    if (args.has('V')) {
      proc.print(`${program} ${IPTABLES_VERSION}\n`);
      return 0;
    }
    // -w takes the seconds to wait as a word of its own.
    const files = args.has('w') ? args.operands.filter((word) => !/^\d+$/.test(word)) : args.operands;
    let text: string | null;
    if (files.length > 0) {
      text = proc.context.fileSystem.readText(absolutePath(proc, files[0]!));
      if (text === null) {
        proc.printError(`Can't open ${files[0]}: No such file or directory\n`);
        return 1;
      }
    } else {
      text = yield* LineInput.on(proc.stdin).readToEnd(proc);
    }
    const output = iptablesRestore(proc.netns, family, text, {
      counters: args.has('c'),
      noFlush: args.has('n'),
      table: args.value('T') ?? null,
      test: args.has('t'),
    });
    if (output.stderr !== '') proc.printError(output.stderr);
    return output.code;
  };
}
