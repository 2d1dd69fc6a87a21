import { writeFileSync } from 'node:fs';
import { UsageError } from './usage-error.ts';

/** Writes a file that the user named. Throws a UsageError when that cannot be done. */
export function writeFile(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new UsageError(`${file}: cannot be written: ${(error as Error).message}`);
  }
}
