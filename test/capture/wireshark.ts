import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Wireshark's tools judge what the writers write where they are installed. */
export const hasWireshark =
  spawnSync('tshark', ['-v']).status === 0 && spawnSync('capinfos', ['-v']).status === 0;

/** Runs a tool on a file with these bytes and returns what it prints. */
export function runOn(bytes: Uint8Array, tool: string, argumentsFor: (file: string) => string[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'dockwire-capture-'));
  try {
    const file = join(directory, 'capture');
    writeFileSync(file, bytes);
    return execFileSync(tool, argumentsFor(file), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } finally {
    rmSync(directory, { recursive: true });
  }
}
