import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Lines that are kept. */
export const HISTORY_SIZE = 1000;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where lines typed at a terminal are kept from one lab to the next: $DOCKWIRE_HISTORY, or `dockwire/history` in the
 * user's state folder. Null when the variable is set and empty.
 */
export function historyPath(env: Environment): string | null {
  if (env['DOCKWIRE_HISTORY'] !== undefined) return env['DOCKWIRE_HISTORY'] || null;
  const folder =
    env['XDG_STATE_HOME'] || (process.platform === 'win32' ? env['LOCALAPPDATA'] : undefined) || undefined;
  return join(folder ?? join(homedir(), '.local', 'state'), 'dockwire', 'history');
}

/** The lines typed before. A file that cannot be read or written is done without: it is a convenience. */
export class HistoryFile {
  private readonly path: string | null;

  constructor(path: string | null) {
    this.path = path;
  }

  /** Newest first, as readline has them. */
  load(): string[] {
    if (this.path === null) return [];
    let lines: string[];
    try {
      lines = readFileSync(this.path, 'utf8').split('\n').filter(Boolean);
      if (lines.length > 2 * HISTORY_SIZE) {
        lines = lines.slice(-HISTORY_SIZE);
        writeFileSync(this.path, `${lines.join('\n')}\n`, { mode: 0o600 });
      }
    } catch {
      return [];
    }
    return [...new Set(lines.reverse())].slice(0, HISTORY_SIZE);
  }

  add(line: string): void {
    if (this.path === null || line.trim() === '') return;
    try {
      mkdirSync(dirname(this.path), { recursive: true });
      appendFileSync(this.path, `${line}\n`, { mode: 0o600 });
    } catch {
      // See above.
    }
  }
}
