import type { Process } from '../../core/host/process.ts';
import type { Program } from '../../core/host/program.ts';
import { parseArguments } from '../arguments.ts';
import { absolutePath, fileKind, isKernelFile, parentDirectory } from '../files.ts';
import { complain } from './operands.ts';

/** `ln -s [-f] target link`. Hard links are not modelled. */
export const ln: Program = function* (proc) {
  const args = parseArguments(proc, { short: 'sfnT', long: { symbolic: 's', force: 'f' } });
  if (args === null) return 1;
  const [target, link] = args.operands;
  if (target === undefined) return complain(proc, 'missing file operand');
  if (!args.has('s')) return complain(proc, 'hard links are not modelled; use -s');
  const { fileSystem } = proc.context;
  let path = absolutePath(proc, link ?? '.');
  if (fileKind(fileSystem, path) === 'directory' && fileSystem.readlink(path) === null) {
    path = `${path === '/' ? '' : path}/${target.slice(target.lastIndexOf('/') + 1)}`;
  }
  const creation =
    proc.context.userland === 'busybox'
      ? `${link ?? path}`
      : `failed to create symbolic link '${link ?? path}'`;
  if (fileKind(fileSystem, path) !== null) {
    if (!args.has('f')) return complain(proc, `${creation}: File exists`);
    fileSystem.remove(path);
  }
  if (!fileSystem.isDirectory(parentDirectory(path)))
    return complain(proc, `${creation}: No such file or directory`);
  fileSystem.symlink(target, path);
  return 0;
};

/** `rm [-rf] file…` */
export const rm: Program = function* (proc) {
  const args = parseArguments(proc, { short: 'rRf', long: { recursive: 'r', force: 'f' } });
  if (args === null) return 1;
  if (args.operands.length === 0) return args.has('f') ? 0 : complain(proc, 'missing operand');
  const { fileSystem } = proc.context;
  const busybox = proc.context.userland === 'busybox';
  let status = 0;
  for (const operand of args.operands) {
    const path = absolutePath(proc, operand);
    const quoted = busybox ? `can't remove '${operand}'` : `cannot remove '${operand}'`;
    const kind = fileKind(fileSystem, path);
    if (kind === 'directory' && fileSystem.readlink(path) === null) {
      if (args.has('r') || args.has('R')) removeTree(proc, path);
      else status = complain(proc, busybox ? `'${operand}' is a directory` : `${quoted}: Is a directory`);
    } else if (kind === null) {
      if (!args.has('f')) status = complain(proc, `${quoted}: No such file or directory`);
    } else if (!fileSystem.remove(path)) status = complain(proc, `${quoted}: Operation not permitted`);
  }
  return status;
};

function removeTree(proc: Process, path: string): void {
  const { fileSystem } = proc.context;
  for (const name of fileSystem.list(path)) {
    const inner = `${path === '/' ? '' : path}/${name}`;
    if (fileSystem.readlink(inner) === null && fileSystem.isDirectory(inner)) removeTree(proc, inner);
    else fileSystem.remove(inner);
  }
  fileSystem.removeDirectory(path);
}

/** `mkdir [-p] [-m mode] directory…`: the mode is taken and means nothing. */
export const mkdir: Program = function* (proc) {
  const args = parseArguments(proc, { short: 'pm:', long: { parents: 'p', mode: 'm' } });
  if (args === null) return 1;
  if (args.operands.length === 0) return complain(proc, 'missing operand');
  const { fileSystem } = proc.context;
  const create = proc.context.userland === 'busybox' ? "can't create" : 'cannot create';
  let status = 0;
  for (const operand of args.operands) {
    const path = absolutePath(proc, operand);
    const kind = fileKind(fileSystem, path);
    if (kind === 'directory' && args.has('p')) continue;
    if (kind !== null) status = complain(proc, `${create} directory '${operand}': File exists`);
    else if (args.has('p')) {
      for (let made = path; made !== '/'; made = parentDirectory(made)) fileSystem.makeDirectory(made);
    } else if (fileSystem.isDirectory(parentDirectory(path))) fileSystem.makeDirectory(path);
    else status = complain(proc, `${create} directory '${operand}': No such file or directory`);
  }
  return status;
};

/** `rmdir directory…` */
export const rmdir: Program = function* (proc) {
  let status = 0;
  for (const operand of proc.argv.slice(1)) {
    const path = absolutePath(proc, operand);
    const { fileSystem } = proc.context;
    const kind = fileKind(fileSystem, path);
    if (kind === 'directory' && fileSystem.removeDirectory(path)) continue;
    const reason =
      kind === null
        ? 'No such file or directory'
        : kind === 'directory'
          ? 'Directory not empty'
          : 'Not a directory';
    const prefix = proc.context.userland === 'busybox' ? `'${operand}'` : `failed to remove '${operand}'`;
    status = complain(proc, `${prefix}: ${reason}`);
  }
  return status;
};

/** `touch [-c] file…`: makes an empty file. Files have no times here. */
export const touch: Program = function* (proc) {
  const args = parseArguments(proc, { short: 'cam' });
  if (args === null) return 1;
  const { fileSystem } = proc.context;
  let status = 0;
  for (const operand of args.operands) {
    const path = absolutePath(proc, operand);
    if (args.has('c') || fileKind(fileSystem, path) !== null) continue;
    if (fileSystem.isDirectory(parentDirectory(path)) && !isKernelFile(path)) fileSystem.writeText(path, '');
    else {
      const what = proc.context.userland === 'busybox' ? operand : `cannot touch '${operand}'`;
      status = complain(proc, `${what}: No such file or directory`);
    }
  }
  return status;
};

/** `cp source… target`. Directories are not modelled. */
export const cp: Program = function* (proc) {
  return transfer(proc, false);
};

/** `mv source… target`. Directories are not modelled. */
export const mv: Program = function* (proc) {
  return transfer(proc, true);
};

function transfer(proc: Process, removes: boolean): number {
  const args = parseArguments(proc, { short: 'fp' });
  if (args === null) return 1;
  const sources = args.operands.slice(0, -1);
  const target = args.operands.at(-1);
  if (target === undefined || sources.length === 0) return complain(proc, 'missing file operand');
  const { fileSystem } = proc.context;
  const stat = proc.context.userland === 'busybox' ? "can't stat" : 'cannot stat';
  let status = 0;
  for (const source of sources) {
    const from = absolutePath(proc, source);
    const kind = fileKind(fileSystem, from);
    const text = fileSystem.readText(from);
    if (text === null) {
      const known = kind === 'directory';
      status = complain(
        proc,
        known
          ? `directories are not modelled: '${source}'`
          : `${stat} '${source}': No such file or directory`,
      );
      continue;
    }
    let to = absolutePath(proc, target);
    if (fileKind(fileSystem, to) === 'directory')
      to = `${to === '/' ? '' : to}/${from.slice(from.lastIndexOf('/') + 1)}`;
    if (to === from) continue;
    if (!fileSystem.isDirectory(parentDirectory(to))) {
      status = complain(proc, `cannot create regular file '${target}': No such file or directory`);
      continue;
    }
    fileSystem.writeText(to, text);
    if (removes) fileSystem.remove(from);
  }
  return status;
}

/** `chmod mode file…`: files have no permissions here; all it does is to see that they are there. */
export const chmod: Program = function* (proc) {
  const [mode, ...files] = proc.argv.slice(1).filter((arg) => arg !== '-R');
  if (mode === undefined || files.length === 0) return complain(proc, 'missing operand');
  let status = 0;
  for (const file of files) {
    if (fileKind(proc.context.fileSystem, absolutePath(proc, file)) !== null) continue;
    const what = proc.context.userland === 'busybox' ? file : `cannot access '${file}'`;
    status = complain(proc, `${what}: No such file or directory`);
  }
  return status;
};
