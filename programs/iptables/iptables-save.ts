import type { Program } from '../../core/host/program.ts';
import { IPTABLES_VERSION, reportErrors } from '../../core/netfilter/text/iptables-command.ts';
import { iptablesSave } from '../../core/netfilter/text/iptables-save.ts';
import { programName } from '../../core/netfilter/text/save-rule.ts';
import { parseArguments } from '../arguments.ts';
import { formatDate } from '../text/calendar.ts';

/** iptables-save and ip6tables-save: -c, -t TABLE, -V. Not modelled: -f FILE, -M. */
export function iptablesSaveProgram(family: number): Program {
  return function* (proc) {
    const args = parseArguments(proc, {
      short: 'ct:V',
      long: { counters: 'c', table: 't', version: 'V' },
    });
    if (args === null) return 1;
    const program = `${programName(family)}-save`;
    if (args.has('V')) {
      proc.print(`${program} ${IPTABLES_VERSION}\n`);
      return 0;
    }
    if (args.operands.length > 0) {
      proc.printError(`Unknown arguments found on commandline\n`);
      return 1;
    }
    const output = reportErrors(program, () =>
      iptablesSave(proc.netns, family, {
        counters: args.has('c'),
        table: args.value('t') ?? null,
        date: formatDate('%a %b %e %H:%M:%S %Y', proc.nowNs),
      }),
    );
    proc.print(output.stdout);
    if (output.stderr !== '') proc.printError(output.stderr);
    return output.code;
  };
}
