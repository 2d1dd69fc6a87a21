import type { Program } from '../../core/host/program.ts';
import { spawnByName } from '../child-process.ts';
import { complain } from './operands.ts';

/** `env [-i] [-u name] [name=value…] [command args…]` */
export const env: Program = function* (proc) {
  const args = proc.argv.slice(1);
  const environment = new Map(proc.environment);
  while (args[0]?.startsWith('-') === true) {
    const option = args.shift()!;
    if (option === '--') break;
    if (option === '-i' || option === '-') environment.clear();
    else if (option === '-u') environment.delete(args.shift() ?? '');
    else return complain(proc, `invalid option -- '${option.slice(1)}'`, 125);
  }
  while (args[0]?.includes('=') === true) {
    const [name, ...value] = args.shift()!.split('=');
    environment.set(name!, value.join('='));
  }
  if (args.length === 0) {
    for (const [name, value] of environment) proc.print(`${name}=${value}\n`);
    return 0;
  }
  const child = spawnByName(proc, args, proc, environment);
  if (child !== null) return yield* proc.waitFor(child);
  const quoted = proc.context.userland === 'busybox' ? `can't execute '${args[0]}'` : `'${args[0]}'`;
  return complain(proc, `${quoted}: No such file or directory`, 127);
};

/** `printenv [name…]` */
export const printenv: Program = function* (proc) {
  const names = proc.argv.slice(1);
  if (names.length === 0) {
    for (const [name, value] of proc.environment) proc.print(`${name}=${value}\n`);
    return 0;
  }
  let status = 0;
  for (const name of names) {
    const value = proc.environment.get(name);
    if (value === undefined) status = 1;
    else proc.print(`${value}\n`);
  }
  return status;
};
