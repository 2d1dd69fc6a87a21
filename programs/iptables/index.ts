import { AF_INET, AF_INET6 } from '../../core/netfilter/conntrack/tuple.ts';
import type { Process } from '../../core/host/process.ts';
import type { Program } from '../../core/host/program.ts';
import { ipset, type CommandOutput } from '../../core/netfilter/ipset/ipset-command.ts';
import { iptables } from '../../core/netfilter/text/iptables-command.ts';
import type { NamedProgram } from '../named-program.ts';
import { iptablesRestoreProgram } from './iptables-restore.ts';
import { iptablesSaveProgram } from './iptables-save.ts';

/** Prints what a command of core/netfilter gave and returns its exit code. */
function finish(proc: Process, { code, stdout, stderr }: CommandOutput): number {
  if (stdout !== '') proc.print(stdout);
  if (stderr !== '') proc.printError(stderr);
  return code;
}

function iptablesProgram(family: number): Program {
  return function* (proc) {
    return finish(proc, iptables(proc.netns, family, proc.argv.slice(1)));
  };
}

const ipsetProgram: Program = function* (proc) {
  return finish(proc, ipset(proc.netns, proc.argv.slice(1)));
};

export const programs: NamedProgram[] = [
  { names: ['iptables', 'iptables-legacy'], program: iptablesProgram(AF_INET) },
  { names: ['ip6tables', 'ip6tables-legacy'], program: iptablesProgram(AF_INET6) },
  { names: ['iptables-save', 'iptables-legacy-save'], program: iptablesSaveProgram(AF_INET) },
  { names: ['ip6tables-save', 'ip6tables-legacy-save'], program: iptablesSaveProgram(AF_INET6) },
  { names: ['iptables-restore', 'iptables-legacy-restore'], program: iptablesRestoreProgram(AF_INET) },
  { names: ['ip6tables-restore', 'ip6tables-legacy-restore'], program: iptablesRestoreProgram(AF_INET6) },
  { names: ['ipset'], program: ipsetProgram },
];
