import type { Process, ProcessContext } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { NetlinkError } from '../../core/namespace/netlink-error.ts';
import type { Run } from '../line-input.ts';
import { runInContext } from '../run-in-context.ts';
import {
  EXIT_KERNEL,
  EXIT_LOCAL,
  EXIT_USAGE,
  IpCommand,
  IpError,
  matches,
  type IpOptions,
} from './ip-command.ts';
import { IP_OBJECTS } from './objects.ts';
import { namespaceOrFail } from './netns.ts';

const USAGE = `Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }
       ip [ -force ] -batch filename
where  OBJECT := { address | addrlabel | fou | help | ila | ioam | l2tp | link |
                   macsec | maddress | monitor | mptcp | mroute | mrule |
                   neighbor | neighbour | netconf | netns | nexthop | ntable |
                   ntbl | route | rule | sr | tap | tcpmetrics |
                   token | tunnel | tuntap | vrf | xfrm }
       OPTIONS := { -V[ersion] | -s[tatistics] | -d[etails] | -r[esolve] |
                    -h[uman-readable] | -iec | -j[son] | -p[retty] |
                    -f[amily] { inet | inet6 | mpls | bridge | link } |
                    -4 | -6 | -M | -B | -0 |
                    -l[oops] { maximum-addr-flush-attempts } | -br[ief] |
                    -o[neline] | -t[imestamp] | -ts[hort] | -b[atch] [filename] |
                    -rc[vbuf] [size] | -n[etns] name | -N[umeric] | -a[ll] |
                    -c[olor]}
`;

/** iproute2's ip, 6.1. What an object lacks is said at the top of its file. */
export function ip(proc: Process): ProgramRun {
  return guarded(proc, proc.argv.slice(1), false);
}

/** `busybox APPLET …`. Of the applets only `ip` prints otherwise than the program of its name in a busybox image. */
export function* busybox(proc: Process): ProgramRun {
  const [, applet, ...words] = proc.argv;
  if (applet === 'ip') return yield* guarded(proc, words, true);
  if (applet === undefined) {
    proc.print('BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary.\n');
    return 0;
  }
  const context: ProcessContext = { ...proc.context, userland: 'busybox' };
  const code = yield* runInContext(proc, context, [applet, ...words]);
  if (code !== null) return code;
  proc.printError(`${applet}: applet not found\n`);
  return 127;
}

function* guarded(proc: Process, words: string[], asBusybox: boolean): ProgramRun {
  try {
    return yield* run(proc, words, asBusybox);
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

function* run(proc: Process, words: string[], asBusybox: boolean): Run<number> {
  const options: IpOptions = {
    details: false,
    oneline: false,
    brief: false,
    statistics: false,
    family: 0,
    busybox: asBusybox,
  };
  let namespace: string | null = null;
  while (words[0]?.startsWith('-') === true) {
    const option = words.shift()!.replace(/^--/, '-');
    if (matches(option, '-netns')) namespace = words.shift() ?? '';
    else if (matches(option, '-family')) options.family = readFamily(words.shift() ?? '');
    else if (matches(option, '-Version')) {
      proc.print('ip utility, iproute2-6.1.0, libbpf 1.1.0\n');
      return 0;
    } else readFlag(option, options);
  }
  const name = words.shift();
  if (name === undefined || matches(name, 'help')) {
    proc.printError(USAGE);
    return EXIT_USAGE;
  }
  const object = IP_OBJECTS.find(([keyword]) => matches(name, keyword));
  if (object === undefined) throw new IpError(`Object "${name}" is unknown, try "ip help".`, EXIT_LOCAL);
  const command = new IpCommand(proc, proc.netns, options, words);
  if (namespace !== null) command.netns = namespaceOrFail(command, namespace);
  const result = object[1](command);
  return typeof result === 'number' ? result : yield* result;
}

function readFamily(text: string): number {
  if (text === 'inet') return 4;
  if (text === 'inet6') return 6;
  throw new IpError(`Error: argument "${text}" is wrong: invalid protocol family`, EXIT_USAGE);
}

function readFlag(option: string, options: IpOptions): void {
  if (option === '-4') options.family = 4;
  else if (option === '-6') options.family = 6;
  else if (matches(option, '-stats') || matches(option, '-statistics')) options.statistics = true;
  else if (matches(option, '-details')) options.details = true;
  else if (matches(option, '-oneline')) options.oneline = true;
  else if (option.length > 2 && matches(option, '-brief')) options.brief = true;
  else if (matches(option, '-resolve') || matches(option, '-Numeric') || /^-c(olor)?(=.*)?$/.test(option))
    return;
  else if (
    matches(option, '-json') ||
    matches(option, '-pretty') ||
    matches(option, '-batch') ||
    matches(option, '-all')
  )
    throw new IpError(`ip: not modelled: option ${option}`, EXIT_LOCAL);
  else throw new IpError(`Option "${option}" is unknown, try "ip -help".`, EXIT_USAGE);
}
