import { readFileSync } from 'node:fs';
import { UsageError } from './usage-error.ts';

/** A file's text; null when there is no such file. Throws a UsageError for one that cannot be read. */
export function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new UsageError(`${file}: cannot be read: ${(error as Error).message}`);
  }
}
