import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../cli/main-function.ts';
import type { Terminal } from '../../cli/terminal.ts';

export interface CliResult {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command in this process. */
export async function runCli(args: readonly string[], env: Record<string, string> = {}): Promise<CliResult> {
  let out = '';
  let err = '';
  const terminal: Terminal = {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    errIsTty: () => false,
    columns: () => 80,
    env,
  };
  const exitCode = await main(args, terminal);
  return { exitCode, out, err };
}

/** A folder with one scenario file in it. */
export function scenarioFolder(text: string): { folder: string; file: string; names: () => string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'dockwire-'));
  const file = join(folder, 'lab.yaml');
  writeFileSync(file, text);
  return { folder, file, names: () => readdirSync(folder).sort() };
}

/** Runs the command in a process of its own, in `folder`. */
export function spawnCli(args: readonly string[], folder: string, input = '') {
  const entry = new URL('../../cli/main.ts', import.meta.url).pathname;
  const tsx = new URL('../../node_modules/tsx/dist/cli.mjs', import.meta.url).pathname;
  return spawnSync(process.execPath, [tsx, entry, ...args], { cwd: folder, input, encoding: 'utf8' });
}
