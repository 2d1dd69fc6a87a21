import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { NetlinkError } from '../../core/namespace/netlink-error.ts';
import {
  EXIT_KERNEL,
  EXIT_LOCAL,
  EXIT_USAGE,
  IpCommand,
  IpError,
  matches,
  type IpOptions,
} from '../ip/ip-command.ts';
import { namespaceOrFail } from '../ip/netns.ts';
import { fdb } from './fdb.ts';
import { link } from './link.ts';

const USAGE = `Usage: bridge [ OPTIONS ] OBJECT { COMMAND | help }
       bridge [ -force ] -batch filename
where  OBJECT := { fdb |  link | mdb | mst | monitor | vlan | vni }
       OPTIONS := { -V[ersion] | -s[tatistics] | -d[etails] |
                    -o[neline] | -t[imestamp] | -n[etns] name |
                    -com[pressvlans] -c[olor] -p[retty] -j[son] }
`;

/** iproute2's bridge, 6.1. Not modelled: mdb, mst, vlan, vni, monitor. */
export function* bridge(proc: Process): ProgramRun {
  try {
    return run(proc);
  } catch (error) {
    if (error instanceof IpError) {
      proc.printError(`${error.message}\n`);
      return error.exitCode;
    }
    if (error instanceof NetlinkError) {
      proc.printError(
        error.extended ? `Error: ${error.message}.\n` : `RTNETLINK answers: ${error.message}\n`,
      );
      return EXIT_KERNEL;
    }
    throw error;
  }
}

function run(proc: Process): number {
  const words = proc.argv.slice(1);
  const options: IpOptions = {
    details: false,
    oneline: false,
    brief: false,
    statistics: false,
    family: 0,
    busybox: false,
  };
  let namespace: string | null = null;
  while (words[0]?.startsWith('-') === true) {
    const option = words.shift()!.replace(/^--/, '-');
    if (matches(option, '-netns')) namespace = words.shift() ?? '';
    else if (matches(option, '-details')) options.details = true;
    else if (matches(option, '-oneline')) options.oneline = true;
    else if (matches(option, '-statistics') || matches(option, '-json') || matches(option, '-pretty')) {
      throw new IpError(`bridge: not modelled: option ${option}`, EXIT_LOCAL);
    } else if (matches(option, '-Version')) {
      proc.print('bridge utility, iproute2-6.1.0\n');
      return 0;
    } else throw new IpError(`Option "${option}" is unknown, try "bridge help".`, EXIT_USAGE);
  }
  const name = words.shift();
  if (name === undefined || matches(name, 'help')) {
    proc.printError(USAGE);
    return EXIT_USAGE;
  }
  const command = new IpCommand(proc, proc.netns, options, words);
  if (namespace !== null) command.netns = namespaceOrFail(command, namespace);
  if (matches(name, 'link')) return link(command);
  if (matches(name, 'fdb')) return fdb(command);
  if (['mdb', 'vlan', 'mst', 'vni', 'monitor'].includes(name)) {
    throw new IpError(`bridge: not modelled: ${name}`, EXIT_LOCAL);
  }
  throw new IpError(`Object "${name}" is unknown, try "bridge help".`, EXIT_USAGE);
}
