import type { Process } from '../core/host/process.ts';
import type { VirtualFileSystem } from '../core/host/virtual-file-system.ts';

/** The working directory: a process is told it by PWD. */
export function workingDirectory(proc: Process): string {
  const directory = proc.environment.get('PWD');
  return directory !== undefined && directory.startsWith('/') ? directory : '/';
}

/** An absolute path without `.`, `..` and double slashes. */
export function resolvePath(directory: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${directory}/${path}`).split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** A path as a process means it. */
export function absolutePath(proc: Process, path: string): string {
  return resolvePath(workingDirectory(proc), path);
}

export type FileKind = 'file' | 'directory' | 'dangling link';

/** What is at an absolute path; null for nothing. */
export function fileKind(fileSystem: VirtualFileSystem, path: string): FileKind | null {
  if (path === '/dev/null' || path === '/dev/stdin' || path === '/dev/stdout' || path === '/dev/stderr')
    return 'file';
  if (fileSystem.find(path) !== null) return 'file';
  if (fileSystem.isDirectory(path)) return 'directory';
  const target = fileSystem.readlink(path);
  if (target === null) return null;
  return fileSystem.isDirectory(resolvePath(parentDirectory(path), target)) ? 'directory' : 'dangling link';
}

/** Files of the kernel take each write as it comes: they are not emptied first. */
export function isKernelFile(path: string): boolean {
  return path.startsWith('/proc/') || path.startsWith('/sys/');
}

export function parentDirectory(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

/** Answers the file questions of `test`; nothing has times, owners or permissions, so all that is there is readable. */
export function fileTester(fileSystem: VirtualFileSystem, directory: string) {
  return (operator: string, path: string): boolean => {
    const absolute = resolvePath(directory, path);
    const kind = path === '' ? null : fileKind(fileSystem, absolute);
    switch (operator) {
      case '-f':
        return kind === 'file' && !absolute.startsWith('/dev/');
      case '-d':
        return kind === 'directory';
      case '-s':
        return kind === 'directory' || (fileSystem.readText(absolute) ?? '') !== '';
      case '-L':
      case '-h':
        return fileSystem.readlink(absolute) !== null;
      case '-x':
        return kind === 'directory' || (fileSystem.readText(absolute) ?? '').startsWith('#!');
      case '-c':
        return kind === 'file' && absolute.startsWith('/dev/');
      case '-p':
      case '-S':
      case '-b':
        return false;
      default:
        return kind !== null && kind !== 'dangling link';
    }
  };
}
