import { SIGKILL, type Process } from '../../core/host/process.ts';
import type { Program } from '../../core/host/program.ts';
import { parseArguments } from '../arguments.ts';
import { spawnByName } from '../child-process.ts';
import { signalNumber } from '../signals.ts';
import { formatDate } from './calendar.ts';
import { complain } from './operands.ts';

/** A duration as `sleep` takes it, in nanoseconds; NaN when it is none. */
export function durationNs(text: string): number {
  const match = /^(\d+(?:\.\d*)?|\.\d+|inf|infinity)([smhd]?)$/.exec(text);
  if (match === null) return NaN;
  const seconds = match[1]!.startsWith('inf') ? Infinity : Number(match[1]);
  const unit = { '': 1, s: 1, m: 60, h: 3600, d: 86400 }[match[2]!]!;
  return Math.round(seconds * unit * 1e9);
}

/** `sleep duration…`: the sum; units s, m, h, d. */
export const sleep: Program = function* (proc) {
  const args = proc.argv.slice(1);
  if (args.length === 0) return complain(proc, 'missing operand');
  const bad = args.find((text) => Number.isNaN(durationNs(text)));
  if (bad !== undefined) {
    return complain(
      proc,
      proc.context.userland === 'busybox' ? `invalid number '${bad}'` : `invalid time interval '${bad}'`,
    );
  }
  yield* proc.sleep(args.reduce((sum, text) => sum + durationNs(text), 0));
  return 0;
};

/** `timeout [-s signal] [-k duration] duration command args…` */
export const timeout: Program = function* (proc) {
  const args = parseArguments(proc, {
    short: '+s:k:',
    long: { signal: 's', 'kill-after': 'k', 'preserve-status': '', foreground: '' },
  });
  if (args === null) return 125;
  const [limit, ...command] = args.operands;
  if (limit === undefined || command.length === 0) return complain(proc, 'missing operand', 125);
  const limitNs = durationNs(limit);
  const signal = signalNumber(args.value('s') ?? 'TERM');
  if (Number.isNaN(limitNs)) return complain(proc, `invalid time interval '${limit}'`, 125);
  if (signal === null) return complain(proc, `${args.value('s')}: invalid signal`, 125);
  const child = spawnByName(proc, command);
  if (child === null) return notStarted(proc, command[0]!);
  const untilNs = limitNs === 0 ? Infinity : proc.nowNs + limitNs;
  while (child.exitCode === null && proc.nowNs < untilNs)
    yield* proc.wait(child.exited, untilNs - proc.nowNs);
  if (child.exitCode !== null) return child.exitCode;
  child.kill(signal);
  const killNs = durationNs(args.value('k') ?? 'inf');
  if (child.exitCode === null && killNs < Infinity) {
    yield* proc.wait(child.exited, killNs);
    child.kill(SIGKILL);
  }
  const code = yield* proc.waitFor(child);
  // busybox hands the signal on as its own end; coreutils has a code of its own.
  if (proc.context.userland === 'busybox' || args.has('preserve-status')) return code;
  return signal === SIGKILL || code === 128 + SIGKILL ? 128 + SIGKILL : 124;
};

function notStarted(proc: Process, command: string): number {
  if (proc.context.userland === 'busybox')
    return complain(proc, `can't execute '${command}': No such file or directory`, 127);
  return complain(proc, `failed to run command '${command}': No such file or directory`, 127);
}

/** `date [-u] [+format]`: the simulation begins at 2026-01-01 00:00:00 UTC. Setting the clock is not modelled. */
export const date: Program = function* (proc) {
  const args = parseArguments(proc, { short: 'uR', long: { utc: 'u', universal: 'u' } });
  if (args === null) return 1;
  const [format, extra] = args.operands;
  if (extra !== undefined || (format !== undefined && !format.startsWith('+'))) {
    return complain(proc, `invalid date '${extra ?? format}'`);
  }
  const standard = args.has('R') ? '%a, %d %b %Y %H:%M:%S +0000' : '%a %b %e %H:%M:%S UTC %Y';
  proc.print(`${formatDate(format?.slice(1) ?? standard, proc.nowNs)}\n`);
  return 0;
};

/** `uptime`: since the simulation began. Load is not modelled and is shown as none. */
export const uptime: Program = function* (proc) {
  const minutes = Math.floor(proc.nowNs / 60e9);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  const long = `${hours % 24}:${String(minutes % 60).padStart(2, '0')}`;
  const up = `${days > 0 ? `${days} day${days > 1 ? 's' : ''}, ` : ''}${hours > 0 ? long.padStart(5) : `${minutes} min`}`;
  const users = proc.context.userland === 'busybox' ? '' : '  0 users,';
  proc.print(` ${formatDate('%H:%M:%S', proc.nowNs)} up ${up}, ${users} load average: 0.00, 0.00, 0.00\n`);
  return 0;
};
