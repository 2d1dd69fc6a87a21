import type { Process } from '../core/host/process.ts';

const NUMBERS: Record<string, number> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  KILL: 9,
  USR1: 10,
  USR2: 12,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
  CONT: 18,
  STOP: 19,
};

/** The number of a signal written as `9`, `KILL` or `SIGKILL`; null when it is none that is modelled. */
export function signalNumber(name: string): number | null {
  if (/^\d+$/.test(name)) return Number(name) <= 64 ? Number(name) : null;
  const short = name.toUpperCase().replace(/^SIG/, '');
  return Object.hasOwn(NUMBERS, short) ? NUMBERS[short]! : null;
}

export function signalNames(): string[] {
  return Object.entries(NUMBERS).map(([name, number]) => `${String(number).padStart(2)}) SIG${name}`);
}

/** What `kill` does: prints complaints through `complain` and returns the exit code. `%n` is looked up by `job`. */
export function killByArguments(
  proc: Process,
  args: readonly string[],
  io: { print: (text: string) => void; complain: (message: string) => void },
  job: (text: string) => Process | undefined = () => undefined,
): number {
  let targets = [...args];
  let signal: number | null = 15;
  if (targets[0] === '-l') {
    io.print(`${signalNames().join('\n')}\n`);
    return 0;
  }
  if (targets[0] === '-s' || targets[0] === '-n') {
    signal = signalNumber(targets[1] ?? '');
    targets = targets.slice(2);
  } else if (/^-[A-Za-z0-9]+$/.test(targets[0] ?? '')) {
    signal = signalNumber(targets[0]!.slice(1));
    targets = targets.slice(1);
  }
  if (signal === null) {
    io.complain(`bad signal name '${(args[0] === '-s' ? args[1] : args[0])?.replace(/^-/, '') ?? ''}'`);
    return 1;
  }
  if (targets[0] === '--') targets.shift();
  if (targets.length === 0) {
    io.complain('you need to specify whom to kill');
    return 1;
  }
  let status = 0;
  for (const target of targets) {
    const process = target.startsWith('%') ? job(target) : findTarget(proc, target);
    if (process === undefined) {
      io.complain(
        /^\d+$/.test(target) ? `can't kill pid ${target}: No such process` : `invalid number '${target}'`,
      );
      status = 1;
    } else if (signal !== 0) process.kill(signal);
  }
  return status;
}

function findTarget(proc: Process, target: string): Process | undefined {
  return /^\d+$/.test(target) ? proc.host.processes.find(Number(target)) : undefined;
}
