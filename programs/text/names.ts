import type { Program } from '../../core/host/program.ts';
import { parseArguments } from '../arguments.ts';
import { absolutePath, fileKind, parentDirectory, resolvePath, workingDirectory } from '../files.ts';
import { complain } from './operands.ts';

/** `basename [-a] name [suffix]` */
export const basename: Program = function* (proc) {
  const args = parseArguments(proc, { short: '+as:' });
  if (args === null) return 1;
  if (args.operands.length === 0) return complain(proc, 'missing operand');
  const many = args.has('a') || args.has('s');
  const suffix = args.value('s') ?? (many ? '' : (args.operands[1] ?? ''));
  for (const name of many ? args.operands : args.operands.slice(0, 1)) {
    const trimmed = name.replace(/\/+$/, '');
    const last = trimmed === '' && name !== '' ? '/' : trimmed.slice(trimmed.lastIndexOf('/') + 1);
    proc.print(
      `${suffix !== '' && last !== suffix && last.endsWith(suffix) ? last.slice(0, -suffix.length) : last}\n`,
    );
  }
  return 0;
};

/** `dirname name…` */
export const dirname: Program = function* (proc) {
  if (proc.argv.length < 2) return complain(proc, 'missing operand');
  for (const name of proc.argv.slice(1)) {
    const trimmed = name.replace(/\/+$/, '');
    const slash = trimmed.lastIndexOf('/');
    const parent = slash < 0 ? '.' : trimmed.slice(0, slash).replace(/\/+$/, '') || '/';
    proc.print(`${trimmed === '' && name !== '' ? '/' : parent}\n`);
  }
  return 0;
};

export const pwd: Program = function* (proc) {
  proc.print(`${workingDirectory(proc)}\n`);
  return 0;
};

/** `readlink [-f] path` */
export const readlink: Program = function* (proc) {
  const args = parseArguments(proc, { short: 'fn' });
  if (args === null) return 1;
  let status = 0;
  for (const operand of args.operands) {
    let path = absolutePath(proc, operand);
    let target = proc.context.fileSystem.readlink(path);
    if (args.has('f')) {
      for (let hops = 0; target !== null && hops < 8; hops++) {
        path = resolvePath(parentDirectory(path), target);
        target = proc.context.fileSystem.readlink(path);
      }
      target = path;
    }
    if (target === null) status = 1;
    else proc.print(`${target}${args.has('n') ? '' : '\n'}`);
  }
  return status;
};

/** `which name…` */
export const which: Program = function* (proc) {
  let status = 0;
  for (const name of proc.argv.slice(1)) {
    const plain = !name.includes('/');
    const found = plain
      ? proc.host.env.programs.find(name) !== undefined
      : fileKind(proc.context.fileSystem, name) === 'file';
    if (found) proc.print(plain ? `/usr/bin/${name}\n` : `${name}\n`);
    else status = 1;
  }
  return status;
};
