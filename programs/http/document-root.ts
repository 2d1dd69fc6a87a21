import type { VirtualFileSystem } from '../../core/host/virtual-file-system.ts';
import { resolvePath } from '../files.ts';

/** A file to serve. */
export interface Document {
  path: string;
  text: string;
}

/** What a path below a document root is: a file, a directory without an index file, or nothing. */
export type Found = Document | 'directory' | null;

/** Looks a decoded request path up below a root; a directory gives its index file. `..` stays inside the root. */
export function findDocument(
  files: VirtualFileSystem,
  root: string,
  path: string,
  indexNames: readonly string[],
): Found {
  const absolute = resolvePath(root, `./${resolvePath('/', path).slice(1)}`);
  const text = path.endsWith('/') ? null : files.readText(absolute);
  if (text !== null) return { path: absolute, text };
  if (!files.isDirectory(absolute)) return null;
  for (const name of indexNames) {
    const indexPath = resolvePath(absolute, name);
    const index = files.readText(indexPath);
    if (index !== null) return { path: indexPath, text: index };
  }
  return 'directory';
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  html: 'text/html',
  htm: 'text/html',
  css: 'text/css',
  js: 'application/javascript',
  json: 'application/json',
  txt: 'text/plain',
  xml: 'text/xml',
  svg: 'image/svg+xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  gif: 'image/gif',
  sh: 'application/x-sh',
};

/** The media type that a file's name stands for; undefined when the name says nothing. */
export function mediaType(path: string): string | undefined {
  const extension = /\.([A-Za-z0-9]+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(MEDIA_TYPES, extension) ? MEDIA_TYPES[extension] : undefined;
}
