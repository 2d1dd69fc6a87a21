import type { Process } from '../../core/host/process.ts';
import type { Program } from '../../core/host/program.ts';
import { parseArguments, toolName, type ParsedArguments } from '../arguments.ts';
import { absolutePath, fileKind } from '../files.ts';
import { formatDate } from './calendar.ts';
import { utf8Length } from './utf8.ts';

/**
 * `ls [-1aAlFdr] [file…]`: one name a line, as to a pipe. Everything belongs to root and dates from the start of
 * the simulation, since files have no owners and times here. Not modelled: -R, and sorting by time or size.
 */
export const ls: Program = function* (proc) {
  const args = parseArguments(proc, { short: '1aAlFdr', long: { all: 'a' } });
  if (args === null) return proc.context.userland === 'busybox' ? 1 : 2;
  const { fileSystem } = proc.context;
  const operands = args.operands.length === 0 ? ['.'] : args.operands;
  const files: string[] = [];
  const directories: string[] = [];
  let status = 0;
  for (const operand of operands) {
    const path = absolutePath(proc, operand);
    const kind = fileKind(fileSystem, path);
    if (kind === null) {
      const busybox = proc.context.userland === 'busybox';
      const what = busybox ? operand : `cannot access '${operand}'`;
      proc.printError(`${toolName(proc)}: ${what}: No such file or directory\n`);
      status = busybox ? 1 : 2;
    } else if (kind === 'directory' && !args.has('d')) directories.push(operand);
    else files.push(operand);
  }
  for (const file of ordered(files, args)) proc.print(entry(proc, args, absolutePath(proc, file), file));
  for (const [index, directory] of ordered(directories, args).entries()) {
    if (operands.length > 1) proc.print(`${index > 0 || files.length > 0 ? '\n' : ''}${directory}:\n`);
    listDirectory(proc, args, directory);
  }
  return status;
};

function ordered(names: readonly string[], args: ParsedArguments): string[] {
  const sorted = [...names].sort();
  return args.has('r') ? sorted.reverse() : sorted;
}

function listDirectory(proc: Process, args: ParsedArguments, directory: string): void {
  const path = absolutePath(proc, directory);
  const all = proc.context.fileSystem.list(path);
  const shown = args.has('a') || args.has('A') ? all : all.filter((name) => !name.startsWith('.'));
  if (args.has('l')) proc.print('total 0\n');
  const names = ordered(args.has('a') ? ['.', '..', ...shown] : shown, args);
  for (const name of names)
    proc.print(entry(proc, args, path === '/' ? `/${name}` : `${path}/${name}`, name));
}

function entry(proc: Process, args: ParsedArguments, path: string, name: string): string {
  const { fileSystem } = proc.context;
  const link = fileSystem.readlink(path);
  const directory = fileSystem.isDirectory(path) || name === '.' || name === '..';
  const mark = args.has('F') && directory ? '/' : '';
  if (!args.has('l')) return `${name}${mark}\n`;
  const size = link !== null ? link.length : directory ? 4096 : utf8Length(fileSystem.readText(path) ?? '');
  const mode = link !== null ? 'lrwxrwxrwx' : directory ? 'drwxr-xr-x' : '-rw-r--r--';
  const date = formatDate('%b %e %H:%M', 0);
  return `${mode} 1 root root ${size} ${date} ${name}${mark}${link === null ? '' : ` -> ${link}`}\n`;
}
