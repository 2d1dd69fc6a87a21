import type { Program } from '../../core/host/program.ts';
import { parseArguments } from '../arguments.ts';
import { absolutePath, fileKind, isKernelFile, parentDirectory } from '../files.ts';
import { LineInput } from '../line-input.ts';
import { complain } from './operands.ts';

/** `tee [-a] [file…]` */
export const tee: Program = function* (proc) {
  const args = parseArguments(proc, { short: 'ai', long: { append: 'a' } });
  if (args === null) return 1;
  const { fileSystem } = proc.context;
  const paths: string[] = [];
  let status = 0;
  for (const file of args.operands) {
    const path = absolutePath(proc, file);
    if (path === '/dev/null') continue;
    const known = isKernelFile(path)
      ? fileSystem.find(path) !== null
      : fileSystem.isDirectory(parentDirectory(path));
    if (!known || fileKind(fileSystem, path) === 'directory') {
      status = complain(proc, `${file}: ${known ? 'Is a directory' : 'No such file or directory'}`);
      continue;
    }
    if (!args.has('a') && !isKernelFile(path)) fileSystem.writeText(path, '');
    paths.push(path);
  }
  const input = LineInput.on(proc.stdin);
  for (;;) {
    const line = yield* input.nextLine(proc);
    if (line === null) return status;
    proc.print(line);
    for (const path of paths) {
      const before = isKernelFile(path) ? '' : (fileSystem.readText(path) ?? '');
      fileSystem.writeText(path, before + line);
    }
  }
};
