import type { Process } from '../../../core/host/process.ts';
import { killByArguments } from '../../signals.ts';
import type { Job, Shell } from '../shell.ts';
import { fail, type Builtin } from './builtin.ts';

/** `wait [pid|%job]…`: without operands for all background jobs. */
export const wait: Builtin = function* (call) {
  const { shell, args } = call;
  if (args.length === 0) {
    for (const { process } of shell.jobs.splice(0)) yield* waitFor(shell, process);
    return 0;
  }
  let status = 0;
  for (const arg of args) {
    const job = findJob(shell, arg);
    if (job === undefined) {
      status = arg.startsWith('%') ? fail(call, `${arg}: no such job`, 127) : 127;
      continue;
    }
    shell.jobs.splice(shell.jobs.indexOf(job), 1);
    status = yield* waitFor(shell, job.process);
  }
  return status;
};

function* waitFor(shell: Shell, process: Process) {
  while (process.exitCode === null) yield* shell.waitInterruptibly([process.exited]);
  return process.exitCode;
}

export const jobs: Builtin = function* ({ shell, streams }) {
  for (const job of [...shell.jobs]) {
    const state = job.process.exitCode === null ? 'Running' : 'Done';
    streams.stdout.write(`[${job.number}]  ${state.padEnd(24)}${job.text}\n`);
    if (job.process.exitCode !== null) shell.jobs.splice(shell.jobs.indexOf(job), 1);
  }
  return 0;
};

export const kill: Builtin = function* (call) {
  const { shell, args, streams } = call;
  const io = {
    print: (text: string) => streams.stdout.write(text),
    complain: (message: string) => void fail(call, message),
  };
  const status = killByArguments(shell.proc, args, io, (text) => findJob(shell, text)?.process);
  // A signal to the shell itself takes effect here.
  yield* shell.proc.sleep(0);
  return status;
};

function findJob(shell: Shell, text: string): Job | undefined {
  if (text === '%%' || text === '%+' || text === '%') return shell.jobs.at(-1);
  if (text.startsWith('%')) return shell.jobs.find((job) => job.number === Number(text.slice(1)));
  return shell.jobs.find((job) => job.process.pid === Number(text));
}
