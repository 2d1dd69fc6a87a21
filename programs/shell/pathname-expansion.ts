import type { VirtualFileSystem } from '../../core/host/virtual-file-system.ts';
import { fileKind, resolvePath } from '../files.ts';
import { hasPattern, matchesPattern, unescapePattern } from './pattern.ts';

/** The files a pattern names, sorted, as they would be written from `directory`; the text itself when there is none. */
export function expandPathname(pattern: string, fileSystem: VirtualFileSystem, directory: string): string[] {
  if (!hasPattern(pattern)) return [unescapePattern(pattern)];
  const components = pattern.split('/');
  let found: string[] = [''];
  for (const [index, component] of components.entries()) {
    const separator = index === 0 ? '' : '/';
    found = found.flatMap((base) =>
      componentMatches(base, component, fileSystem, directory).map((name) => `${base}${separator}${name}`),
    );
  }
  const existing = found.filter((path) => fileKind(fileSystem, resolvePath(directory, path)) !== null);
  return existing.length === 0 ? [unescapePattern(pattern)] : existing;
}

function componentMatches(
  base: string,
  component: string,
  fileSystem: VirtualFileSystem,
  directory: string,
): string[] {
  if (!hasPattern(component)) return [unescapePattern(component)];
  const names = fileSystem.list(resolvePath(directory, base === '' ? '.' : `${base}/`));
  return names.filter(
    (name) => (!name.startsWith('.') || component.startsWith('.')) && matchesPattern(component, name),
  );
}
