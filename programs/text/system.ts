import type { Process } from '../../core/host/process.ts';
import type { Program } from '../../core/host/program.ts';
import { parseArguments, toolName } from '../arguments.ts';
import { killByArguments, signalNumber } from '../signals.ts';
import { complain } from './operands.ts';

/** What `uname -r` says; the kernel whose behaviour the stack follows is Linux 5.x. */
const KERNEL_RELEASE = '5.10.0';

/** `hostname [name]`, `hostname -s`: reads or sets the name in the UTS namespace. */
export const hostname: Program = function* (proc) {
  const args = parseArguments(proc, { short: 'sfid', long: { short: 's', fqdn: 'f' } });
  if (args === null) return 1;
  if (args.has('i') || args.has('d'))
    return complain(proc, 'only the name itself is modelled, not -i and -d');
  const { uts } = proc.context;
  const name = args.operands[0];
  if (name !== undefined) uts.hostname = name;
  else proc.print(`${args.has('s') ? uts.hostname.split('.')[0]! : uts.hostname}\n`);
  return 0;
};

/** Everybody is root. */
export const whoami: Program = function* (proc) {
  proc.print('root\n');
  return 0;
};

/** `id [-u|-g|-un|-gn]` */
export const id: Program = function* (proc) {
  const args = parseArguments(proc, { short: 'ugnG' });
  if (args === null) return 1;
  if (args.options.length === 0) proc.print('uid=0(root) gid=0(root) groups=0(root)\n');
  else proc.print(args.has('n') ? 'root\n' : '0\n');
  return 0;
};

/** `uname [-asnrvmo]` */
export const uname: Program = function* (proc) {
  const args = parseArguments(proc, { short: 'asnrvmpio', long: { all: 'a' } });
  if (args === null) return 1;
  const busybox = proc.context.userland === 'busybox';
  const fields: [string, string][] = [
    ['s', 'Linux'],
    ['n', proc.context.uts.hostname],
    ['r', KERNEL_RELEASE],
    ['v', '#1 SMP'],
    ['m', 'x86_64'],
    ['o', busybox ? 'Linux' : 'GNU/Linux'],
  ];
  const wanted =
    args.options.length === 0
      ? fields.slice(0, 1)
      : fields.filter(([name]) => args.has('a') || args.has(name));
  proc.print(`${wanted.map(([, value]) => value).join(' ')}\n`);
  return 0;
};

/**
 * `ps` with any of -e, -f, a, u, x, w: the processes of the same network namespace and file system, as a container
 * has a PID namespace. Pids are those of the machine. Times and terminals are not modelled.
 */
export const ps: Program = function* (proc) {
  const options = proc.argv.slice(1).join('').replace(/-/g, '');
  if (/[^efaxuwAl]/.test(options)) return complain(proc, `option '${proc.argv[1]}' is not modelled`);
  const visible = visibleProcesses(proc);
  const commandLine = (process: Process) => process.argv.join(' ');
  const pad = (process: Process) => String(process.pid).padStart(7);
  if (proc.context.userland === 'busybox') {
    proc.print('PID   USER     TIME  COMMAND\n');
    for (const process of visible)
      proc.print(`${String(process.pid).padStart(5)} root      0:00 ${commandLine(process)}\n`);
  } else if (options.includes('u')) {
    proc.print('USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n');
    for (const process of visible) {
      proc.print(
        `root     ${pad(process)}  0.0  0.0      0     0 ?        S    00:00   0:00 ${commandLine(process)}\n`,
      );
    }
  } else if (options.includes('f')) {
    proc.print('UID          PID    PPID  C STIME TTY          TIME CMD\n');
    for (const process of visible)
      proc.print(`root     ${pad(process)}       0  0 00:00 ?        00:00:00 ${commandLine(process)}\n`);
  } else if (options.includes('x')) {
    proc.print('    PID TTY      STAT   TIME COMMAND\n');
    for (const process of visible)
      proc.print(`${pad(process)} ?        S      0:00 ${commandLine(process)}\n`);
  } else {
    proc.print('    PID TTY          TIME CMD\n');
    for (const process of visible) proc.print(`${pad(process)} ?        00:00:00 ${baseName(process)}\n`);
  }
  return 0;
};

function visibleProcesses(proc: Process): Process[] {
  const onHost = proc.context.fileSystem === proc.host.fileSystem;
  return proc.host.processes
    .list()
    .filter((process) => process.threadOf === null)
    .filter((process) => onHost || process.context.fileSystem === proc.context.fileSystem);
}

function baseName(process: Process): string {
  const name = process.argv[0] ?? '';
  return name.slice(name.lastIndexOf('/') + 1);
}

export const kill: Program = function* (proc) {
  const io = {
    print: (text: string) => proc.print(text),
    complain: (message: string) => proc.printError(`${toolName(proc)}: ${message}\n`),
  };
  return killByArguments(proc, proc.argv.slice(1), io);
};

/** `pidof [-s] name…` */
export const pidof: Program = function* (proc) {
  const args = parseArguments(proc, { short: 's' });
  if (args === null) return 1;
  const found = visibleProcesses(proc).filter((process) => args.operands.includes(baseName(process)));
  const pids = found.map((process) => process.pid).reverse();
  if (pids.length > 0) proc.print(`${(args.has('s') ? pids.slice(0, 1) : pids).join(' ')}\n`);
  return pids.length > 0 ? 0 : 1;
};

/** `pgrep [-f] pattern` and `pkill [-signal] [-f] pattern`. */
export const pgrep: Program = function* (proc) {
  const args = proc.argv.slice(1);
  const kills = toolName(proc) === 'pkill';
  let signal = 15;
  let whole = false;
  while (args[0]?.startsWith('-') === true) {
    const option = args.shift()!;
    const given = signalNumber(option.slice(1));
    if (option === '-f') whole = true;
    else if (kills && given !== null) signal = given;
    else return complain(proc, `invalid option -- '${option.slice(1)}'`, 2);
  }
  let expression: RegExp;
  try {
    expression = new RegExp(args[0] ?? '');
  } catch {
    return complain(proc, 'invalid regular expression', 2);
  }
  const found = visibleProcesses(proc).filter(
    (process) => process !== proc && expression.test(whole ? process.argv.join(' ') : baseName(process)),
  );
  for (const process of found) {
    if (kills) process.kill(signal);
    else proc.print(`${process.pid}\n`);
  }
  return found.length > 0 ? 0 : 1;
};

export const clear: Program = function* (proc) {
  proc.print('\x1b[H\x1b[2J');
  return 0;
};
